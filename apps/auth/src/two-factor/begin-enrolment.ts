import { sql } from "drizzle-orm";
import { type Store, statement } from "../statement.ts";
import type { FactorAccount } from "./find-factors.ts";

const p = sql.placeholder;

const keep = statement<unknown>(
  (t) => sql`
    insert into ${t.twoFactorAuth} as f (id, user_id, method, encrypted_secret)
    select ${p("id")}::uuid, u.id, ${p("method")}, ${p("sealed")} from ${t.users} u
    where u.id = ${p("userId")} and u.disabled_at is null
    on conflict (user_id, method) do update set id = excluded.id,
      encrypted_secret = excluded.encrypted_secret, last_used_step = null, created_at = now()
      where f.confirmed_at is null
    returning id`,
);

export type Enrolment = {
  account: FactorAccount;
  /** Of the row, for which a secret is sealed. */
  id: string;
  method: "totp" | "sms" | "email";
  /** Of an authenticator app alone. */
  sealed: string | null;
};

/**
 * Keeps a factor that waits to be confirmed and counts for nothing until then. An earlier one
 * of that method that waits gives way; one that is on does not: then false.
 *
 * A code by mail or text message needs nothing kept, but a factor must have its row before the
 * transaction that confirms it: a sign-in that waits for that transaction, 3 s at most, sees rows
 * that change and none that are new.
 */
export async function beginEnrolment(
  store: Store,
  { account, id, method, sealed }: Enrolment,
): Promise<boolean> {
  const { userId } = account;
  return (await keep(store, { id, userId, method, sealed })).length > 0;
}
