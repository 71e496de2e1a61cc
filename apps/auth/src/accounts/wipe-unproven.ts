import { sql } from "drizzle-orm";
import type { Origin } from "../http/origin.ts";
import { type Store, statement } from "../statement.ts";
import type { UserId } from "../tables.ts";

const p = sql.placeholder;

/** What somebody who never proved the email may have set; what they prepared has ended. */
const wipe = statement<unknown>(
  (t) => sql`
    with factors as (delete from ${t.twoFactorAuth} where user_id = ${p("userId")}),
    devices as (delete from ${t.userDevices} where user_id = ${p("userId")}), event as (
      insert into ${t.securityEvents} (event_type, severity, user_id, ip_address, user_agent, metadata)
      values ('email_verified', 'medium', ${p("userId")}, ${p("ipAddress")}, ${p("userAgent")},
        jsonb_build_object('claimed', true))
    )
    update ${t.users} set password_hash = null, email_verified_at = now(), updated_at = now(),
      encrypted_phone_number = null, phone_number_index = null, phone_number_hint = null,
      phone_verified_at = null
    where id = ${p("userId")}`,
);

/**
 * Makes an account with an unproven email that of whoever has just proved it. Its password, number
 * and factors may be somebody else's, who waited (account pre-hijacking, A-01).
 *
 * For a transaction that ended what goes with a claim: see `endWithCause`.
 */
export async function wipeUnproven(
  store: Store,
  { userId, origin }: { userId: UserId; origin: Origin },
): Promise<void> {
  const { ipAddress, userAgent } = origin;
  await wipe(store, { userId, ipAddress, userAgent });
}
