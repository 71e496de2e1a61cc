import { type Database, sqlState } from "@postern/process";
import { sql } from "drizzle-orm";
import { sealPhone } from "../contacts/phone-at-rest.ts";
import type { Deps } from "../deps.ts";
import { statement } from "../statement.ts";
import type { UserId } from "../tables.ts";

const UNIQUE_VIOLATION = "23505";

const p = sql.placeholder;

const keep = statement<unknown>(
  (t) => sql`
    update ${t.users} set encrypted_phone_number = ${p("sealedPhone")},
      phone_number_index = ${p("phoneIndex")}, phone_number_hint = ${p("phoneHint")}
    where id = ${p("userId")}
      and not exists (select from ${t.users} where phone_number_index = ${p("phoneIndex")})`,
);

type Transaction = Parameters<Parameters<Database["transaction"]>[0]>[0];

/**
 * Gives a new account its number (E.164), sealed for the id that it has just got, in the transaction
 * that opens it. A number that another account has is left out: who owns it is settled when it is
 * verified.
 */
export async function keepPhone(
  deps: Deps,
  transaction: Transaction,
  { userId, phone }: { userId: UserId; phone: string },
): Promise<void> {
  const values = { ...sealPhone(deps, userId, phone), userId };
  try {
    await transaction.transaction((db) => keep({ db, tables: deps.tables }, values));
  } catch (error) {
    // Two sign-ups with one number at once: whoever is later goes without it, as always.
    if (sqlState(error) !== UNIQUE_VIOLATION) {
      throw error;
    }
  }
}
