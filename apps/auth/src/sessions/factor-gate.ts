import { plainSecondFactor } from "@postern/schema/encryption";
import { type SQL, sql } from "drizzle-orm";
import type { Tables } from "../tables.ts";

/**
 * A step that reads the factors of the account in `account`, which is locked by then, in their
 * present form. Who waited for that lock began before the change that held it: a plain SELECT would
 * see the factor as it was then, a locking one follows the row to its last version, and share is the
 * weakest lock that does. Hence every factor has a row from its enrolment on, and the condition that
 * it is confirmed is not among these.
 */
export const readFactors = (t: Tables, account: SQL): SQL => sql`
  select f.user_id, f.method, f.confirmed_at, f.backup_code_hashes
  from ${t.twoFactorAuth} f, ${account} where f.user_id = ${account}.id
  for share of f`;

/**
 * Whether the account `u` must pass a second step, by its `factors` where they were read under a
 * lock. A secret in plain text counts too: while an app's
 * column is being encrypted it is a factor that waits for its row, and later somebody planted it.
 * Either way no session starts from the first step alone.
 */
export function hasFactor(t: Tables, factors = sql`${t.twoFactorAuth}`): SQL {
  const plain = plainSecondFactor(t.twoFactorAuth);
  const isPlain = plain ? sql` or ${plain.of(sql`u.id`)} is not null` : sql``;
  return sql`(exists (select from ${factors} f
    where f.user_id = u.id and f.confirmed_at is not null)${isPlain})`;
}

/**
 * The methods that the account `u` may pass its second step with, as an array.
 *
 * The two steps must differ (A-11): who came in by a code to the mailbox proves nothing by another
 * one, and neither does who set the password by such a code. `amr` is what the first step proved.
 */
export function offeredFactors(t: Tables, amr: SQL, factors = sql`${t.twoFactorAuth}`): SQL {
  const plain = plainSecondFactor(t.twoFactorAuth);
  const isPlain = plain ? sql`union select 'totp' where ${plain.of(sql`u.id`)} is not null` : sql``;
  return sql`array(
    select f.method from ${factors} f
    where f.user_id = u.id and f.confirmed_at is not null and case f.method
      when 'sms' then u.phone_verified_at is not null and u.encrypted_phone_number is not null
        and ${amr} <> 'sms' and not ${isResetBy(t, sql`'sms_code'`)}
      when 'email' then u.email_verified_at is not null
        and ${amr} <> 'otp' and not ${isResetBy(t, sql`'email_link', 'email_code'`)}
      else true end
    union
    select 'backup_code' from ${factors} f
    where f.user_id = u.id and f.confirmed_at is not null and cardinality(f.backup_code_hashes) > 0
    ${isPlain})`;
}

/** The present password was set by a reset over that channel: both have its transaction's time. */
const isResetBy = (t: Tables, methods: SQL): SQL => sql`exists (
  select from ${t.securityEvents} e
  where e.user_id = u.id and e.event_type = 'password_reset_completed'
    and e.created_at >= u.password_changed_at and e.metadata ->> 'method' in (${methods}))`;
