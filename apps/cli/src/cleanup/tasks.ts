import type { Sql } from "postgres";
import { quoted } from "../quote.ts";
import { type RetainedTable, retainedFrom, retention } from "./retention.ts";

/** One kind of old rows: how many there are, and a step that removes some of them. */
export type Task = {
  readonly about: string;
  readonly count: () => Promise<number>;
  /** Removes up to `rows`, in a transaction of its own; returns how many it were. */
  readonly step: (rows: number) => Promise<number>;
};

/** A lane is kept 30 days after the last attempt: by then every lock and every count of it is over. */
const LANE_DAYS = 30;
/** Longer than any access token of the session is good for, and than the skew that is allowed. */
const REVOCATION_SECONDS_MIN = 86_400;

type Place = { sql: Sql; schema: string };

export const cleanupTasks = (place: Place, accessTokenSeconds: number): Task[] => [
  ...(Object.keys(retention) as RetainedTable[]).map((table) => logTask(place, table)),
  rowsTask(place, {
    table: "attempt_lanes",
    days: LANE_DAYS,
    isOld: `window_started_at < now() - interval '${LANE_DAYS} days'
      and coalesce(locked_until, '-infinity') < now() - interval '${LANE_DAYS} days'`,
  }),
  rowsTask(place, {
    table: "revocations",
    days: 1,
    isOld: `revoked_at < now() - make_interval(secs =>
      ${Math.max(REVOCATION_SECONDS_MIN, 2 * accessTokenSeconds)})`,
  }),
];

/** By the function that alone may remove from the append-only logs. */
function logTask({ sql, schema }: Place, table: RetainedTable): Task {
  const days = retention[table];
  const from = `${quoted(schema)}.${quoted(table)}`;
  return {
    about: `${table} of over ${days} days`,
    count: () =>
      countOf(sql, `${from} where ${retainedFrom(table)} < now() - make_interval(days => ${days})`),
    step: async (rows) => {
      const [row] = await sql.unsafe<{ removed: number }[]>(
        `select ${quoted(schema)}.retention_step($1, make_interval(days => $2), $3)::float8 as removed`,
        [table, days, rows],
      );
      return row?.removed ?? 0;
    },
  };
}

type Old = { table: string; days: number; isOld: string };

/** Those that are locked are in use: the next run has them. */
function rowsTask({ sql, schema }: Place, { table, days, isOld }: Old): Task {
  const from = `${quoted(schema)}.${quoted(table)}`;
  return {
    about: `${table} of over ${days} days`,
    count: () => countOf(sql, `${from} where ${isOld}`),
    step: async (rows) => {
      const { count } = await sql.unsafe(
        `delete from ${from} where ctid = any (array(
           select ctid from ${from} where ${isOld} limit $1 for update skip locked))`,
        [rows],
      );
      return count;
    },
  };
}

async function countOf(sql: Sql, rows: string): Promise<number> {
  const [row] = await sql.unsafe<{ count: number }[]>(
    `select count(*)::float8 as count from ${rows}`,
  );
  return row?.count ?? 0;
}
