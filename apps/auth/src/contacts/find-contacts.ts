import { sql } from "drizzle-orm";
import type { Deps } from "../deps.ts";
import { Problem } from "../problem.ts";
import type { Unreadable } from "../sealed-values/read-sealed-value.ts";
import { statement } from "../statement.ts";
import type { UserId } from "../tables.ts";
import { readPhone } from "./phone-at-rest.ts";

/** Where an account can be reached. */
export type Contacts = {
  userId: UserId;
  /** Lower case. */
  email: string;
  isEmailVerified: boolean;
  /** E.164. */
  phone: string | null | Unreadable;
  isPhoneVerified: boolean;
};

type Row = {
  id: UserId;
  email: string;
  is_email_verified: boolean;
  sealed_phone: string | null;
  is_phone_verified: boolean;
};

const find = statement<Row>(
  (t) => sql`
    select u.id, lower(u.email) as email, u.email_verified_at is not null as is_email_verified,
      u.encrypted_phone_number as sealed_phone, u.phone_verified_at is not null as is_phone_verified
    from ${t.users} u where u.id = ${sql.placeholder("userId")} and u.disabled_at is null`,
);

/**
 * @throws Problem session_ended where the account was erased or disabled since the token was made.
 */
export async function findContacts(deps: Deps, userId: string): Promise<Contacts> {
  const [row] = await find(deps, { userId });
  if (!row) {
    throw new Problem("session_ended");
  }
  const { id, email } = row;
  const phone = await readPhone(deps, deps, { userId: id, sealed: row.sealed_phone });
  return {
    userId: id,
    email,
    isEmailVerified: row.is_email_verified,
    phone,
    isPhoneVerified: row.is_phone_verified,
  };
}
