import type { Command } from "./command.ts";

type Verb = { readonly about: string; readonly load: () => Promise<Command> };
type Noun = {
  readonly about: string;
  readonly verbs: Readonly<Record<string, Verb>>;
  /** What the noun alone means, or with options. */
  readonly usual?: string;
};

/** Every command by its two words. Each is loaded when it runs. */
export const commands: Readonly<Record<string, Noun>> = {
  keys: {
    about: "the keys that seal and look up",
    verbs: {
      generate: {
        about: "print fresh keys",
        load: async () => (await import("./keys/generate-keys.ts")).generateKeys,
      },
      status: {
        about: "which key is which, how many rows each one seals, and which can go",
        load: async () => (await import("./keys/key-status.ts")).keyStatus,
      },
      rotate: {
        about: "print the environment that turns the sealing key",
        load: async () => (await import("./keys/rotate-keys.ts")).rotateKeys,
      },
    },
  },
  encrypt: {
    about: "a column of plain text into a sealed one, while it is in use",
    usual: "start",
    verbs: {
      start: {
        about: "watch the column and seal every row; goes on where it stopped",
        load: async () => (await import("./encrypt/start.ts")).startEncryption,
      },
      status: {
        about: "how far every column is",
        load: async () => (await import("./encrypt/status.ts")).encryptionStatus,
      },
      pause: {
        about: "let every worker wait",
        load: async () => (await import("./encrypt/pause.ts")).pauseEncryption,
      },
      resume: {
        about: "let them go on",
        load: async () => (await import("./encrypt/pause.ts")).resumeEncryption,
      },
      verify: {
        about: "open and compare every row",
        load: async () => (await import("./encrypt/verify.ts")).verifyEncryption,
      },
      enforce: {
        about: "refuse plain text from now on",
        load: async () => (await import("./encrypt/enforce.ts")).enforceEncryption,
      },
      rollback: {
        about: "go back to the stage before",
        load: async () => (await import("./encrypt/rollback.ts")).rollBackEncryption,
      },
      contract: {
        about: "drop the plain column, for good",
        load: async () => (await import("./encrypt/contract.ts")).contractEncryption,
      },
    },
  },
  rotate: {
    about: "everything that is sealed, to the active key",
    usual: "start",
    verbs: {
      start: {
        about: "seal every value again; goes on where it stopped",
        load: async () => (await import("./rotate/start.ts")).startRotation,
      },
      status: {
        about: "what is still under another key",
        load: async () => (await import("./rotate/status.ts")).rotationStatus,
      },
    },
  },
  delivery: {
    about: "what became of messages",
    verbs: {
      find: {
        about: "everything that went to a recipient, and what became of it",
        load: async () => (await import("./delivery/find.ts")).findDelivery,
      },
      lift: {
        about: "let a recipient get messages again",
        load: async () => (await import("./delivery/lift.ts")).liftDelivery,
      },
      callbacks: {
        about: "the addresses to which providers report",
        load: async () => (await import("./delivery/callbacks.ts")).deliveryCallbacks,
      },
    },
  },
  user: {
    about: "one account",
    verbs: {
      unlock: {
        about: "end every lock of an account",
        load: async () => (await import("./user/unlock.ts")).unlockUser,
      },
      export: {
        about: "everything that is kept about an account, as JSON",
        load: async () => (await import("./user/export.ts")).exportUser,
      },
      erase: {
        about: "erase an account, for good",
        load: async () => (await import("./user/erase.ts")).eraseUser,
      },
    },
  },
  admin: {
    about: "who may administer",
    verbs: {
      create: {
        about: "make an administrator, who sets a password by mail",
        load: async () => (await import("./admin/create.ts")).createAdmin,
      },
    },
  },
  cleanup: {
    about: "what has been kept for long enough",
    usual: "run",
    verbs: {
      run: {
        about: "remove it in small steps; for every day",
        load: async () => (await import("./cleanup/run.ts")).runCleanup,
      },
    },
  },
  rollout: {
    about: "for how many accounts tracking is on",
    usual: "status",
    verbs: {
      status: {
        about: "how many they are now",
        load: async () => (await import("./rollout/status.ts")).rolloutStatus,
      },
      simulate: {
        about: "how many they would be",
        load: async () => (await import("./rollout/simulate.ts")).simulateRollout,
      },
    },
  },
  audit: {
    about: "whether the logs are whole",
    usual: "verify",
    verbs: {
      verify: {
        about: "look for facts without their log row",
        load: async () => (await import("./audit/verify.ts")).verifyAudit,
      },
    },
  },
  validate: {
    about: "whether a deployment is well",
    usual: "run",
    verbs: {
      run: {
        about: "check a running deployment, a line a check",
        load: async () => (await import("./validate/run.ts")).validateDeployment,
      },
    },
  },
};
