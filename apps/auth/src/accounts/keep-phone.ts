import { sql } from "drizzle-orm";
import { sealPhone, unprovedPhoneIndex } from "../contacts/phone-at-rest.ts";
import type { Deps } from "../deps.ts";
import { type Store, statement } from "../statement.ts";
import type { UserId } from "../tables.ts";

const p = sql.placeholder;

const keep = statement<unknown>(
  (t) => sql`
    update ${t.users} set encrypted_phone_number = ${p("sealedPhone")},
      phone_number_index = ${p("phoneIndex")}, phone_number_hint = ${p("phoneHint")}
    where id = ${p("userId")}`,
);

/**
 * Gives a new account its number (E.164), sealed for the id that it has just got, in the transaction
 * that opens it. Whose it is, is settled when it is verified: until then any number of accounts keep
 * the same one, each under an index of its own, and none of them can tell.
 */
export async function keepPhone(
  deps: Deps,
  store: Store,
  { userId, phone }: { userId: UserId; phone: string },
): Promise<void> {
  const phoneIndex = unprovedPhoneIndex(deps, userId, phone);
  await keep(store, { ...sealPhone(deps, userId, phone), phoneIndex, userId });
}
