import { sql } from "drizzle-orm";
import { type Store, statement } from "../statement.ts";
import type { UserId } from "../tables.ts";

const p = sql.placeholder;

/** The trigger on users dates the new password and puts the old one in the history. */
const replace = statement<{ email: string }>(
  (t) => sql`
    with account as (
      update ${t.users} u set password_hash = ${p("passwordHash")}, updated_at = now()
      where u.id = ${p("userId")} and u.disabled_at is null
        and (not ${p("isBound")}::boolean or u.password_hash is not distinct from ${p("previousHash")})
      returning u.id, u.email
    ), event as (
      insert into ${t.securityEvents} (event_type, severity, user_id, session_id, ip_address,
        user_agent, metadata)
      select ${p("eventType")}, 'medium', account.id, ${p("sessionId")}::uuid, ${p("ipAddress")},
        ${p("userAgent")}, jsonb_build_object('method', ${p("method")}::text)
      from account
    )
    select email from account`,
);

export type PasswordReplacement = {
  userId: UserId;
  passwordHash: string;
  /** The hash that the account must still have; left out where something else was proved. */
  previousHash?: string | null;
  eventType: "password_changed" | "password_reset_completed";
  /** How the right to do so was proved. */
  method: string;
  sessionId: string | null;
  ipAddress: string;
  userAgent: string | null;
};

/**
 * Gives an account another password, inside a transaction of the caller's that ends what goes with
 * the old one: see `endWithCause`.
 *
 * Returns the account's email, or null where it is disabled or its password is another meanwhile.
 */
export async function replacePassword(
  store: Store,
  { previousHash, ...replacement }: PasswordReplacement,
): Promise<string | null> {
  const [row] = await replace(store, {
    ...replacement,
    isBound: previousHash !== undefined,
    previousHash: previousHash ?? null,
  });
  return row?.email ?? null;
}
