import { setTimeout as sleep } from "node:timers/promises";

/** Larger batches are no faster, and hold their rows' locks for longer. */
const BATCH_ROWS_MAX = 1_000;
const BATCH_ROWS_MIN = 20;
const BATCHES_PER_SECOND = 20;

/** How much is taken at a time, and how long the rest after it is. */
export type Pace = {
  /** Few where a limit was given: what serves beside us feels one long batch, and no short ones. */
  readonly batchRows: number;
  /** Waits so long that no more rows a second are taken than agreed. */
  readonly rest: (rows: number, signal: AbortSignal) => Promise<void>;
};

/** Shared by all workers of a process; null is no limit. */
export function createPace(rowsPerSecond: number | null): Pace {
  if (rowsPerSecond === null) return { batchRows: BATCH_ROWS_MAX, rest: async () => undefined };
  let freeAt = 0;
  const even = Math.ceil(rowsPerSecond / BATCHES_PER_SECOND);
  return {
    batchRows: Math.min(Math.max(even, BATCH_ROWS_MIN), BATCH_ROWS_MAX),
    rest: async (rows, signal) => {
      const now = performance.now();
      freeAt = Math.max(freeAt, now) + (rows / rowsPerSecond) * 1_000;
      await sleep(freeAt - now, undefined, { signal }).catch(() => undefined);
    },
  };
}
