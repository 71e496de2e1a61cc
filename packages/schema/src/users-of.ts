import type { AnyPgColumn, PgTable } from "drizzle-orm/pg-core";
import { type Mark, markOf } from "./mark.ts";
import { tableOf } from "./table-of.ts";
import type { UsersColumn } from "./users-columns.ts";

export type BoundUsers = {
  readonly table: PgTable;
  readonly id: AnyPgColumn;
  /** The column that plays a part; undefined where the users table has none. */
  readonly column: (part: UsersColumn) => AnyPgColumn | undefined;
};

/** The users table that one of our tables hangs from. Throws TypeError for a table not of ours. */
export function usersOf(table: PgTable): BoundUsers {
  const mark = markOf(table);
  if (!mark) throw new TypeError("This table is none of those that @postern/schema makes.");
  return boundUsers(mark);
}

/** The columns that a binding names go before those that are called as we call them. */
export function boundUsers({ users, columns }: Mark): BoundUsers {
  const own = users as unknown as Readonly<Record<string, AnyPgColumn | undefined>>;
  return {
    table: tableOf(users.id),
    id: users.id,
    column: (part) => columns[part] ?? own[part],
  };
}
