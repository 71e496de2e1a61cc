import { readSealed } from "@postern/schema/encryption";
import type { Sealed } from "@postern/schema/sealed";
import { sql } from "drizzle-orm";
import type { Deps } from "../deps.ts";
import { Problem } from "../problem.ts";
import { statement } from "../statement.ts";
import type { UserId } from "../tables.ts";
import { openPhone, phoneColumn } from "./phone-at-rest.ts";

/** Where an account can be reached. */
export type Contacts = {
  userId: UserId;
  /** Lower case. */
  email: string;
  isEmailVerified: boolean;
  /** E.164. */
  phone: string | null;
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
 * @throws Problem session_ended where the account was erased or disabled since the token was made;
 *   SealedReadingError, with its event, for a number that does not open.
 */
export async function findContacts(deps: Deps, userId: string): Promise<Contacts> {
  const [row] = await find(deps, { userId });
  if (!row) {
    throw new Problem("session_ended");
  }
  const { db, tables } = deps;
  const { id, email } = row;
  const phone = await readSealed(db, tables, {
    from: phoneColumn(deps),
    plain: null,
    sealed: row.sealed_phone as Sealed | null,
    open: (sealed) => openPhone(deps, id, sealed),
    userId: id,
  });
  return {
    userId: id,
    email,
    isEmailVerified: row.is_email_verified,
    phone,
    isPhoneVerified: row.is_phone_verified,
  };
}
