import { sql } from "drizzle-orm";
import { type Store, statement } from "../statement.ts";

const lock = statement<unknown>(
  (t) => sql`
    select from ${t.users} where id = ${sql.placeholder("userId")} for no key update`,
);

/** First in every transaction here: every statement locks the account before what hangs from it. */
export async function lockAccount(store: Store, userId: unknown): Promise<void> {
  await lock(store, { userId });
}
