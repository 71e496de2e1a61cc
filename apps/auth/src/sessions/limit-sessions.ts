import { sql } from "drizzle-orm";
import type { Deps } from "../deps.ts";
import type { Origin } from "../http/origin.ts";
import { statement } from "../statement.ts";
import type { UserId } from "../tables.ts";
import { announceEnd } from "./announce-end.ts";

/** As many devices as people have, and few enough to be read through. */
export const LIVE_SESSIONS_MAX = 20;

const p = sql.placeholder;

/** Ends all but the 20 sessions used last, and puts the account's count right. */
const endExcess = statement<{ session_id: string }>(
  (t) => sql`
    with account as materialized (
      select u.id from ${t.users} u where u.id = ${p("userId")} for no key update
    ), live as materialized (
      select head.family_id,
        row_number() over (order by r.last_used_at desc, head.family_id desc) as place
      from account join ${t.refreshTokens} head on head.user_id = account.id
      join ${t.refreshTokens} r on r.family_id = head.family_id and r.rotated_at is null
      where head.generation = 0 and head.revoked_at is null and r.expires_at > now()
    ), ended as (
      update ${t.refreshTokens} h set revoked_at = now(), revoked_reason = 'session_limit'
      from live where live.place > ${sql.raw(String(LIVE_SESSIONS_MAX))}
        and h.family_id = live.family_id and h.generation = 0 and h.revoked_at is null
      returning h.family_id, h.user_id
    ), revocation as (
      insert into ${t.revocations} (session_id) select family_id from ended on conflict do nothing
    ), counted as (
      update ${t.users} u set session_count =
        least(${sql.raw(String(LIVE_SESSIONS_MAX))}, (select count(*)::int from live))
      from account where u.id = account.id
    ), audit as (
      insert into ${t.sessionAudits} (user_id, session_id, action, ip_address, user_agent, metadata)
      select user_id, family_id, 'ended', ${p("ipAddress")}, ${p("userAgent")},
        jsonb_build_object('reason', 'session_limit') from ended
    ), event as (
      insert into ${t.securityEvents} (event_type, severity, user_id, session_id, ip_address,
        user_agent, metadata)
      select 'token_revoked', 'low', user_id, family_id, ${p("ipAddress")}, ${p("userAgent")},
        jsonb_build_object('reason', 'session_limit') from ended
    )
    select family_id as session_id from ended`,
);

/**
 * Called after a start that left the account with more than 20 sessions by its count. A statement of
 * its own: of many sign-ins at once, each sees only those that were there when it began, and the
 * last to come here sees them all. The count may be too high, since nobody writes when a session
 * runs out; then nothing ends but the error.
 */
export async function limitSessions(deps: Deps, userId: UserId, origin: Origin): Promise<void> {
  const { ipAddress, userAgent } = origin;
  const ended = await endExcess(deps, { userId, ipAddress, userAgent });
  if (ended.length > 0) {
    await announceEnd(
      deps,
      ended.map(({ session_id }) => session_id),
    );
  }
}
