import type { Logger } from "pino";

/** What was refused so often in one lane that it becomes one row, and how often that was. */
export type Counted<Refusal> = Refusal & { count: number };

export type BoundedBatch<Refusal> = {
  /** Counts a refusal in its lane. Never waits, never throws. */
  readonly note: (lane: string, refusal: Refusal) => void;
  /** Refusals that are in no row: no room, or not taken by the database. */
  readonly dropped: () => number;
  readonly flush: () => Promise<void>;
};

const LANES_MAX = 1_000;

/**
 * Floods of refusals must not become floods of rows: between two flushes at most one row a lane,
 * which says how many it stands for. Lanes beyond the bound are counted as dropped.
 */
export function createBoundedBatch<Refusal extends object>(
  insert: (rows: readonly Counted<Refusal>[]) => Promise<unknown>,
  log: Logger,
): BoundedBatch<Refusal> {
  let waiting = new Map<string, Counted<Refusal>>();
  let dropped = 0;
  const insertOne = async (row: Counted<Refusal>) => {
    try {
      await insert([row]);
    } catch (error) {
      dropped += row.count;
      log.error({ err: error }, "refusals were not recorded");
    }
  };
  return {
    note: (lane, refusal) => {
      const known = waiting.get(lane);
      if (known) {
        known.count += 1;
      } else if (waiting.size < LANES_MAX) {
        waiting.set(lane, { ...refusal, count: 1 });
      } else {
        dropped += 1;
      }
    },
    dropped: () => dropped,
    flush: async () => {
      const rows = [...waiting.values()];
      waiting = new Map();
      try {
        await (rows.length > 0 && insert(rows));
      } catch {
        // One bad row must not take the others with it.
        for (const row of rows) {
          await insertOne(row);
        }
      }
    },
  };
}
