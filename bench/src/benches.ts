import type { Bench } from "./bench.ts";

type Entry = { readonly about: string; readonly load: () => Promise<Bench> };

/** Every bench by its name, in the order in which `pnpm bench` runs them. Loaded when it runs. */
export const benches: Readonly<Record<string, Entry>> = {
  auth: {
    about: "sign-in, refresh, token check, codes and API keys beside the bare work and better-auth",
    load: async () => (await import("./auth/bench-auth.ts")).benchAuth,
  },
  crypto: {
    about: "seal and open of a sealed column beside bare node:crypto with a cached key",
    load: async () => (await import("./crypto.ts")).benchCrypto,
  },
  dashboard: {
    about: "dashboard functions, views and the look-up by sealed phone, at a million rows per log",
    load: async () => (await import("./dashboard.ts")).benchDashboard,
  },
  encrypt: {
    about: "200,000 plain phone numbers sealed: in bulk, and under sign-ins, kills and turned keys",
    load: async () => (await import("./encrypt/bench-encrypt.ts")).benchEncrypt,
  },
  migrate: {
    about: "the longest stall of a write while 024 to 026 run on 2 M users, beside the naive way",
    load: async () => (await import("./migrate.ts")).benchMigrate,
  },
  timing: {
    about: "whether the time of sign-in, password/forgot and otp/send tells who has an account",
    load: async () => (await import("./auth/timing.ts")).benchTiming,
  },
  notifier: {
    about:
      "the notifier beside bare nodemailer over the same pool, and codes behind 10,000 bulk mails",
    load: async () => (await import("./notifier/bench-notifier.ts")).benchNotifier,
  },
};
