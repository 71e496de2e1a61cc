import { plainSecondFactor } from "@postern/schema/encryption";
import { type SQL, sql } from "drizzle-orm";
import type { Tables } from "../tables.ts";

/**
 * Whether the account `u` must pass a second step. A secret in plain text counts too: while an app's
 * column is being encrypted it is a factor that waits for its row, and later somebody planted it.
 * Either way no session starts from the first step alone.
 */
export function hasFactor(t: Tables): SQL {
  const plain = plainSecondFactor(t.twoFactorAuth);
  const isPlain = plain ? sql` or ${plain.of(sql`u.id`)} is not null` : sql``;
  return sql`(exists (select from ${t.twoFactorAuth} f
    where f.user_id = u.id and f.confirmed_at is not null)${isPlain})`;
}

/**
 * The methods that the account `u` may pass its second step with, as an array.
 *
 * The two steps must differ (A-11): who came in by a code to the mailbox proves nothing by another
 * one, and neither does who set the password by such a code. `amr` is what the first step proved.
 */
export function offeredFactors(t: Tables, amr: SQL): SQL {
  const plain = plainSecondFactor(t.twoFactorAuth);
  const isPlain = plain ? sql`union select 'totp' where ${plain.of(sql`u.id`)} is not null` : sql``;
  return sql`array(
    select f.method from ${t.twoFactorAuth} f
    where f.user_id = u.id and f.confirmed_at is not null and case f.method
      when 'sms' then u.phone_verified_at is not null and u.encrypted_phone_number is not null
        and ${amr} <> 'sms' and not ${isResetBy(t, sql`'sms_code'`)}
      when 'email' then u.email_verified_at is not null
        and ${amr} <> 'otp' and not ${isResetBy(t, sql`'email_link', 'email_code'`)}
      else true end
    union
    select 'backup_code' from ${t.twoFactorAuth} f
    where f.user_id = u.id and f.confirmed_at is not null and cardinality(f.backup_code_hashes) > 0
    ${isPlain})`;
}

/** The present password was set by a reset over that channel: both have its transaction's time. */
const isResetBy = (t: Tables, methods: SQL): SQL => sql`exists (
  select from ${t.securityEvents} e
  where e.user_id = u.id and e.event_type = 'password_reset_completed'
    and e.created_at >= u.password_changed_at and e.metadata ->> 'method' in (${methods}))`;
