import type { Database } from "@postern/process";
import type { Logger } from "pino";
import type { Tables } from "../tables.ts";

type LoginAttempt = Tables["loginAttempts"]["$inferInsert"];

/** A refusal that cost neither a hash nor a comparison: what the row will say. */
type Refusal = Omit<LoginAttempt, "id" | "createdAt" | "failureReason">;

export type RefusalLog = {
  /** Counts a refusal in its lane. Never waits, never throws. */
  note: (lane: string, refusal: Refusal) => void;
  /** Refusals that found no room and are in no row. For the metric and its alert. */
  readonly dropped: () => number;
  /** Writes what waits and stops. */
  readonly stop: () => Promise<void>;
};

const LANES_MAX = 1_000;
const FLUSH_EVERY_MILLISECONDS = 1_000;

/**
 * Floods of refusals must not become floods of rows: at most one row a lane and second, which says
 * how many it stands for, written in one batch. Lanes beyond the bound are counted as dropped.
 */
export function startRefusalLog(deps: { db: Database; tables: Tables; log: Logger }): RefusalLog {
  let waiting = new Map<string, { refusal: Refusal; count: number }>();
  let dropped = 0;
  const note: RefusalLog["note"] = (lane, refusal) => {
    const known = waiting.get(lane);
    if (known) {
      known.count += 1;
    } else if (waiting.size < LANES_MAX) {
      waiting.set(lane, { refusal, count: 1 });
    } else {
      dropped += 1;
    }
  };
  const flush = async () => {
    const batch = [...waiting.values()];
    waiting = new Map();
    if (batch.length === 0) {
      return;
    }
    const rows = batch.map(({ refusal, count }) => ({
      ...refusal,
      failureReason: `refused ${count}`,
    }));
    try {
      await deps.db.insert(deps.tables.loginAttempts).values(rows);
    } catch (error) {
      dropped += batch.reduce((sum, { count }) => sum + count, 0);
      deps.log.error({ err: error }, "refusals were not recorded");
    }
  };
  const timer = setInterval(() => void flush(), FLUSH_EVERY_MILLISECONDS).unref();
  return {
    note,
    dropped: () => dropped,
    stop: () => {
      clearInterval(timer);
      return flush();
    },
  };
}
