import { sql } from "drizzle-orm";
import type { Deps } from "../deps.ts";
import type { Origin } from "../http/origin.ts";
import { announceEnd } from "../sessions/announce-end.ts";
import { endAllSessions } from "../sessions/end-all-sessions.ts";
import { statement } from "../statement.ts";
import type { UserId } from "../tables.ts";
import { wipeUnproven } from "./wipe-unproven.ts";

const p = sql.placeholder;

const consume = statement<{ user_id: UserId }>(
  (t) => sql`
    update ${t.emailDeliveryLog} d set consumed_at = now()
    from ${t.users} u
    where d.challenge_id = ${p("challengeId")} and d.resend_of is null and d.consumed_at is null
      and u.id = d.user_id and u.disabled_at is null and u.email_verified_at is null
    returning d.user_id`,
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
  const claimed = await deps.db.transaction(async (db) => {
    const store = { db, tables: deps.tables };
    const [row] = await consume(store, { challengeId });
    if (!row) {
      return null;
    }
    const userId = row.user_id;
    const ended = await endAllSessions(store, { userId, reason: "account_claimed", origin });
    await wipeUnproven(store, { userId, origin });
    return { userId, ended };
  });
  if (!claimed) {
    return null;
  }
  await announceEnd(deps, claimed.ended);
  return claimed.userId;
}
