import { sql } from "drizzle-orm";
import type { Deps } from "../deps.ts";
import { Problem } from "../problem.ts";
import { statement } from "../statement.ts";
import type { UserId } from "../tables.ts";
import { type LaneRow, laneColumns } from "./lane-state.ts";
import { deviceLane, strangerLane } from "./lanes.ts";

const p = sql.placeholder;

/** The session's device, where it is one that signed in before and was not revoked. */
const readOwner = statement<{ email: string; token_hash: string | null }>(
  (t) => sql`
    select u.email, d.token_hash from ${t.users} u
    left join ${t.refreshTokens} head on head.family_id = ${p("sessionId")}::uuid
      and head.generation = 0 and head.user_id = u.id
    left join ${t.userDevices} d on d.id = head.device_id and d.user_id = u.id
      and d.revoked_at is null
    where u.id = ${p("userId")}`,
);

const readLane = statement<LaneRow>(
  (t) => sql`select ${laneColumns} from ${t.attemptLanes} l where l.lane_digest = ${p("lane")}`,
);

/**
 * Refuses what a session may not do while its account is locked: step-up, linking a provider, making
 * an API key. A session of a device that is known has that device's lane, which strangers
 * cannot lock; any other has theirs.
 *
 * @throws Problem account_locked.
 */
export async function requireUnlocked(
  deps: Deps,
  { userId, sessionId }: { userId: UserId; sessionId: string },
): Promise<void> {
  const [owner] = await readOwner(deps, { userId, sessionId });
  if (!owner) {
    return;
  }
  const { email, token_hash: tokenHash } = owner;
  const lane = tokenHash
    ? deviceLane(deps.digestKeys, email, tokenHash)
    : strangerLane(deps.digestKeys, email);
  const [row] = await readLane(deps, { lane: lane.digest });
  if (row && row.locked_for > 0) {
    throw new Problem("account_locked", { retryAfterSeconds: row.locked_for });
  }
}
