import { sql } from "drizzle-orm";
import type { Deps } from "../deps.ts";
import type { Origin } from "../http/origin.ts";
import { Problem } from "../problem.ts";
import { announceEnd } from "../sessions/announce-end.ts";
import { endAllSessions } from "../sessions/end-all-sessions.ts";
import { requireRecentSignIn, SENSITIVE_SECONDS } from "../sessions/require-recent-sign-in.ts";
import type { AccessClaims } from "../sessions/verified-tokens.ts";
import { statement } from "../statement.ts";

const p = sql.placeholder;

const revoke = statement<{ id: string }>(
  (t) => sql`
    with revoked as (
      update ${t.userDevices} d set revoked_at = now(), trusted_until = null
      where d.id = ${p("deviceId")}::uuid and d.user_id::text = ${p("userId")}::text
        and d.revoked_at is null
      returning d.id, d.user_id
    ), event as (
      insert into ${t.securityEvents} (event_type, severity, user_id, session_id, ip_address,
        user_agent, metadata)
      select 'device_revoked', 'medium', user_id, ${p("sessionId")}::uuid, ${p("ipAddress")},
        ${p("userAgent")}, jsonb_build_object('device_id', id) from revoked
    )
    select id from revoked`,
);

export type RevokeDeviceInput = { deviceId: string; claims: AccessClaims; origin: Origin };

/**
 * Forgets one of the caller's devices: its token is worth nothing from now on, its trust is over,
 * and every session that it holds ends, this one included where it is the caller's own.
 *
 * The sessions end first, because that locks the account: a sign-in that is under way on the device
 * is either among them, or finds the device revoked and gets another one.
 *
 * @throws Problem not_found for another's device; step_up_required.
 */
export async function revokeDevice(deps: Deps, input: RevokeDeviceInput): Promise<void> {
  const { deviceId, claims, origin } = input;
  await requireRecentSignIn(deps, claims, SENSITIVE_SECONDS);
  const { sub: userId, sid: sessionId } = claims;
  const { ipAddress, userAgent } = origin;
  const ended = await deps.db.transaction(async (db) => {
    const store = { db, tables: deps.tables };
    const reason = "ended_by_user";
    const sessions = await endAllSessions(store, { userId, reason, origin, deviceId });
    const revoked = await revoke(store, { deviceId, userId, sessionId, ipAddress, userAgent });
    if (revoked.length === 0) {
      throw new Problem("not_found");
    }
    return sessions;
  });
  await announceEnd(deps, ended);
}
