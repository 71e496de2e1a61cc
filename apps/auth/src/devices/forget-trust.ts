import { sql } from "drizzle-orm";
import { type Store, statement } from "../statement.ts";
import type { UserId } from "../tables.ts";

const forget = statement<unknown>(
  (t) => sql`
    update ${t.userDevices} set trusted_until = null
    where user_id = ${sql.placeholder("userId")} and trusted_until is not null`,
);

/** Ends the trust in every device of an account: the next sign-in on each asks for both steps. */
export async function forgetTrust(store: Store, userId: UserId): Promise<void> {
  await forget(store, { userId });
}
