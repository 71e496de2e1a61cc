import { sql } from "drizzle-orm";
import type { Deps } from "../deps.ts";
import { statement } from "../statement.ts";
import { keptFailures, lockEnd, nextLocks } from "./lane-rules.ts";

/** What PostgreSQL knows of a lane. */
export type LaneState = Readonly<{
  /** 0 where it is open. */
  lockedForSeconds: number;
  /** When a lock would end that began now, in seconds of the Unix epoch. */
  lockWouldEndAt: number;
}>;

/** Two columns of a SELECT that has the lane, or nothing, as `l`. */
export const laneColumns = sql`
  greatest(0, ceil(extract(epoch from l.locked_until - now())))::int as locked_for,
  extract(epoch from ${lockEnd(sql`(${nextLocks})`, sql`(${keptFailures} || now())`)})::float8
    as lock_would_end_at`;

export type LaneRow = { locked_for: number; lock_would_end_at: number };

export const toLaneState = (row: LaneRow | undefined): LaneState => ({
  lockedForSeconds: row?.locked_for ?? 0,
  lockWouldEndAt: row?.lock_would_end_at ?? 0,
});

const read = statement<LaneRow>(
  (t) => sql`
    select ${laneColumns} from (values (1)) as always
    left join ${t.attemptLanes} l on l.lane_digest = ${sql.placeholder("lane")}`,
);

export async function readLane(deps: Deps, laneDigest: string): Promise<LaneState> {
  const [row] = await read(deps, { lane: laneDigest });
  return toLaneState(row);
}
