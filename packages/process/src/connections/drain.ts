import { setTimeout as sleep } from "node:timers/promises";

/** Whether a service is about to stop, and the wait before its port closes. */
export type Drain = {
  /** From the signal on: `/ready` says 503, and each answer is the last on its connection. */
  readonly isDraining: () => boolean;
  /** Begins it and waits for those who ask `/ready` to send no more. The port is still open. */
  readonly begin: () => Promise<void>;
};

export function createDrain(delaySeconds: number): Drain {
  let isDraining = false;
  return {
    isDraining: () => isDraining,
    begin: async () => {
      isDraining = true;
      await sleep(delaySeconds * 1_000);
    },
  };
}
