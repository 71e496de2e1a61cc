import { setTimeout as sleep } from "node:timers/promises";

/** Waits so long that no more rows a second are taken than agreed. */
export type Pace = (rows: number, signal: AbortSignal) => Promise<void>;

/** Shared by all workers of a process; null is no limit. */
export function createPace(rowsPerSecond: number | null): Pace {
  let freeAt = 0;
  return async (rows, signal) => {
    if (rowsPerSecond === null) return;
    const now = performance.now();
    freeAt = Math.max(freeAt, now) + (rows / rowsPerSecond) * 1_000;
    await sleep(freeAt - now, undefined, { signal }).catch(() => undefined);
  };
}
