import { sql } from "drizzle-orm";
import type { Deps } from "../deps.ts";
import type { Origin } from "../http/origin.ts";
import { announceEnd } from "../sessions/announce-end.ts";
import { endAllSessions } from "../sessions/end-all-sessions.ts";
import { statement } from "../statement.ts";
import type { UserId } from "../tables.ts";

const p = sql.placeholder;

const consume = statement<{ user_id: UserId }>(
  (t) => sql`
    update ${t.emailDeliveryLog} d set consumed_at = now()
    from ${t.users} u
    where d.challenge_id = ${p("challengeId")} and d.resend_of is null and d.consumed_at is null
      and u.id = d.user_id and u.disabled_at is null and u.email_verified_at is null
    returning d.user_id`,
);

/** All that somebody who never proved the email may have prepared. */
const wipe = statement<unknown>(
  (t) => sql`
    with factors as (delete from ${t.twoFactorAuth} where user_id = ${p("userId")}),
    connections as (delete from ${t.oauthConnections} where user_id = ${p("userId")}),
    devices as (delete from ${t.userDevices} where user_id = ${p("userId")}),
    recoveries as (delete from ${t.accountRecovery} where user_id = ${p("userId")} and used_at is null),
    keys as (
      update ${t.apiKeys} set revoked_at = now() where user_id = ${p("userId")} and revoked_at is null
    ), event as (
      insert into ${t.securityEvents} (event_type, severity, user_id, ip_address, user_agent, metadata)
      values ('email_verified', 'medium', ${p("userId")}, ${p("ipAddress")}, ${p("userAgent")},
        jsonb_build_object('claimed', true))
    )
    update ${t.users} set password_hash = null, email_verified_at = now(), updated_at = now(),
      encrypted_phone_number = null, phone_number_index = null, phone_verified_at = null
    where id = ${p("userId")}`,
);

/**
 * Hands an account with an unproven email to whoever has just proved it by a code.
 *
 * Somebody else may have opened it with a password of theirs and waited (account pre-hijacking,
 * Sudhodanan and Paverd 2022): the password, sessions, factors, devices, keys and links go.
 *
 * Returns the account, or null where the code was used before or the email is verified already.
 */
export async function claimAccount(
  deps: Deps,
  { challengeId, origin }: { challengeId: string; origin: Origin },
): Promise<UserId | null> {
  const { ipAddress, userAgent } = origin;
  const claimed = await deps.db.transaction(async (db) => {
    const store = { db, tables: deps.tables };
    const [row] = await consume(store, { challengeId });
    if (!row) {
      return null;
    }
    const userId = row.user_id;
    const ended = await endAllSessions(store, { userId, reason: "account_claimed", origin });
    await wipe(store, { userId, ipAddress, userAgent });
    return { userId, ended };
  });
  if (!claimed) {
    return null;
  }
  await announceEnd(deps, claimed.ended);
  return claimed.userId;
}
