import { sqlState } from "@postern/process";
import { sql } from "drizzle-orm";
import { isNoId } from "../admin/is-no-id.ts";
import { type Store, statement } from "../statement.ts";
import type { UserId } from "../tables.ts";

/** Whom an operator means: a normalised email, or an id. */
export type Whom = { email: string } | { id: string };

const p = sql.placeholder;

type Row = { id: UserId };

const byEmail = statement<Row>(
  (t) => sql`select u.id from ${t.users} u where lower(u.email) = ${p("email")}`,
);
const byId = statement<Row>((t) => sql`select u.id from ${t.users} u where u.id = ${p("id")}`);

/** The id of the account that an operator means, or null. */
export async function findUser(store: Store, whom: Whom): Promise<UserId | null> {
  if ("email" in whom) {
    return (await byEmail(store, whom))[0]?.id ?? null;
  }
  try {
    return (await byId(store, whom))[0]?.id ?? null;
  } catch (error) {
    if (isNoId(sqlState(error))) {
      return null;
    }
    throw error;
  }
}
