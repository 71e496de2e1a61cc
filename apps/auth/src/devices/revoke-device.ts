import { sql } from "drizzle-orm";
import type { Deps } from "../deps.ts";
import { announceEnding, endWithCause } from "../endings/end-with-cause.ts";
import type { Origin } from "../http/origin.ts";
import { Problem } from "../problem.ts";
import { requireRecentSignIn, SENSITIVE_SECONDS } from "../sessions/require-recent-sign-in.ts";
import type { AccessClaims } from "../sessions/verified-tokens.ts";
import { statement } from "../statement.ts";

const p = sql.placeholder;

/** The device itself ends with the rest: see `endWithCause`. */
const noteRevoked = statement<{ id: string }>(
  (t) => sql`
    with account as materialized (
      select u.id from ${t.users} u where u.id = ${p("userId")} for no key update
    ), revoked as materialized (
      select d.id, d.user_id from ${t.userDevices} d, account
      where d.id = ${p("deviceId")}::uuid and d.user_id = account.id and d.revoked_at is null
      for no key update of d
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
 * The account is locked first: a sign-in that is under way on the device is either among the sessions
 * that end, or finds the device revoked and gets another one.
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
    const values = { deviceId, userId, sessionId, ipAddress, userAgent };
    const [device] = await noteRevoked(store, values);
    if (!device) {
      throw new Problem("not_found");
    }
    const ending = { cause: "device_revoked", userId, origin, subjectId: device.id } as const;
    return endWithCause(deps, store, ending);
  });
  await announceEnding(deps, ended);
}
