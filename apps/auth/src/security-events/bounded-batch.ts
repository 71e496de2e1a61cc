import type { Logger } from "pino";

/** What was refused so often in one lane that it becomes one row, and how often that was. */
export type Counted<Refusal> = Refusal & { count: number };

/** All that a minute had no row left for. */
export type Rest = {
  count: number;
  /** Different networks it came from; 10,000 stands for that many or more. */
  addresses: number;
  /** Why, where that was the same for all; else `several`. */
  reason: string;
};

export type BatchOptions<Refusal> = {
  insert: (rows: readonly Counted<Refusal>[]) => Promise<unknown>;
  insertRest: (rest: Rest) => Promise<unknown>;
  log: Logger;
  /** Milliseconds of a clock that never goes back. */
  now?: () => number;
};

/** `lane`: what is told together. `network`: whom it came from. */
type Refused<Refusal> = { lane: string; network: string; reason: string; refusal: Refusal };

export type BoundedBatch<Refusal> = {
  /** Counts a refusal in its lane. Never waits, never throws. */
  readonly note: (refused: Refused<Refusal>) => void;
  /** Refusals that are in no row, because the database did not take it. */
  readonly dropped: () => number;
  /** Writes what is due; `isLast` also what would wait for the end of its minute. Never throws. */
  readonly flush: (isLast?: boolean) => Promise<void>;
};

/** Each has two rows a minute at most: its first second at once, the others at the minute's end. */
const LANES_PER_MINUTE = 30;
const MINUTE_MILLISECONDS = 60_000;
/** About 1 MB of text, for a minute. */
const NETWORKS_MAX = 10_000;

type Lane<Refusal> = { refusal: Refusal; unwritten: number; isWritten: boolean };

/**
 * A flood of refusals must become neither a flood of rows nor of memory, however many lanes and
 * addresses it uses: at most 60 rows a minute, and one that sums up the rest.
 */
export function createBoundedBatch<Refusal extends object>({
  insert,
  insertRest,
  log,
  now = () => performance.now(),
}: BatchOptions<Refusal>): BoundedBatch<Refusal> {
  let minute = createMinute<Refusal>(now());
  let dropped = 0;
  const orDrop = async (count: number, write: Promise<unknown>) => {
    try {
      await write;
    } catch (error) {
      dropped += count;
      log.error({ err: error }, "refusals were not recorded");
    }
  };
  const writeRows = async (rows: readonly Counted<Refusal>[]) => {
    try {
      await (rows.length > 0 && insert(rows));
    } catch {
      // One bad row must not take the others with it.
      for (const row of rows) {
        await orDrop(row.count, insert([row]));
      }
    }
  };
  return {
    note: (refused) => minute.note(refused),
    dropped: () => dropped,
    flush: async (isLast = false) => {
      const current = minute;
      const isOver = isLast || now() - current.beganAt >= MINUTE_MILLISECONDS;
      if (isOver) {
        minute = createMinute(now());
      }
      await writeRows(current.takeRows(isOver));
      const rest = current.rest();
      await (isOver && rest.count > 0 && orDrop(rest.count, insertRest(rest)));
    },
  };
}

function createMinute<Refusal extends object>(beganAt: number) {
  const lanes = new Map<string, Lane<Refusal>>();
  const networks = new Set<string>();
  let reason: string | undefined;
  let count = 0;
  const noteRest = ({ network, reason: why }: Refused<Refusal>) => {
    count += 1;
    reason = reason === undefined || reason === why ? why : "several";
    if (networks.size < NETWORKS_MAX) {
      networks.add(network);
    }
  };
  return {
    beganAt,
    note: (refused: Refused<Refusal>) => {
      const known = lanes.get(refused.lane);
      if (known) {
        known.unwritten += 1;
      } else if (lanes.size < LANES_PER_MINUTE) {
        lanes.set(refused.lane, { refusal: refused.refusal, unwritten: 1, isWritten: false });
      } else {
        noteRest(refused);
      }
    },
    takeRows: (isOver: boolean): Counted<Refusal>[] => {
      const due = [...lanes.values()].filter((it) => it.unwritten > 0 && (isOver || !it.isWritten));
      const rows = due.map((it) => ({ ...it.refusal, count: it.unwritten }));
      for (const lane of due) {
        lane.unwritten = 0;
        lane.isWritten = true;
      }
      return rows;
    },
    rest: (): Rest => ({ count, addresses: networks.size, reason: reason ?? "several" }),
  };
}
