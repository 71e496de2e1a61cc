import { sql } from "drizzle-orm";
import type { Deps } from "../deps.ts";
import { Problem } from "../problem.ts";
import { statement } from "../statement.ts";
import { toUserView, USER_COLUMNS, type UserRow, type UserView } from "./account.ts";

const find = statement<UserRow>(
  (t) => sql`
    select ${sql.raw(USER_COLUMNS)} from ${t.users} u
    where u.id = ${sql.placeholder("userId")} and u.disabled_at is null`,
);

/**
 * The account of the caller, as its owner sees it.
 *
 * @throws Problem session_ended where it was erased or disabled since the token was made.
 */
export async function findOwnAccount(deps: Deps, userId: string): Promise<UserView> {
  const [row] = await find(deps, { userId });
  if (!row) {
    throw new Problem("session_ended");
  }
  return toUserView(row);
}
