import { sql } from "drizzle-orm";
import type { Deps } from "../deps.ts";
import type { Origin } from "../http/origin.ts";
import { Problem } from "../problem.ts";
import { requireRecentSignIn, SENSITIVE_SECONDS } from "../sessions/require-recent-sign-in.ts";
import type { AccessClaims } from "../sessions/verified-tokens.ts";
import { statement } from "../statement.ts";

const p = sql.placeholder;

const revoke = statement<{ id: string }>(
  (t) => sql`
    with revoked as (
      update ${t.apiKeys} k set revoked_at = now()
      where k.id = ${p("id")}::uuid and k.user_id = ${p("userId")} and k.revoked_at is null
      returning k.id, k.user_id, k.prefix
    ), event as (
      insert into ${t.securityEvents} (event_type, severity, user_id, session_id, ip_address,
        user_agent, metadata)
      select 'api_key_revoked', 'low', user_id, ${p("sessionId")}::uuid, ${p("ipAddress")},
        ${p("userAgent")}, jsonb_build_object('key_id', id, 'prefix', prefix) from revoked
    )
    select id from revoked`,
);

/**
 * Ends a key. The next check of it says so.
 *
 * @throws Problem not_found for another's key and for one that is revoked; step_up_required where
 *   the sign-in is over 15 minutes old.
 */
export async function revokeApiKey(
  deps: Deps,
  { id, claims, origin }: { id: string; claims: AccessClaims; origin: Origin },
): Promise<void> {
  await requireRecentSignIn(deps, claims, SENSITIVE_SECONDS);
  const { ipAddress, userAgent } = origin;
  const { sub: userId, sid: sessionId } = claims;
  const [revoked] = await revoke(deps, { id, userId, sessionId, ipAddress, userAgent });
  if (!revoked) {
    throw new Problem("not_found");
  }
}
