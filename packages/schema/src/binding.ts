import { type AnyPgColumn, foreignKey, type PgTableFn } from "drizzle-orm/pg-core";

/** Any Drizzle table with an `id` column: the users table that the security tables hang from. */
export type UsersTable = { readonly id: AnyPgColumn };

/** The JavaScript type of that table's id: string, number, bigint, or a branded type of yours. */
export type UserIdOf<U extends UsersTable> = U["id"]["_"]["data"];

/** What a table factory needs: where its table lives, and whose id `user_id` points at. */
export type Binding<U extends UsersTable, S extends string | undefined> = {
  readonly table: PgTableFn<S>;
  readonly users: U;
};

type OnDelete = "cascade" | "set null";

/** The named foreign key from `user_id` to the bound users table. */
export function userKey(
  name: string,
  [column, users]: readonly [column: AnyPgColumn, users: UsersTable],
  onDelete: OnDelete,
) {
  return foreignKey({ name, columns: [column], foreignColumns: [users.id] }).onDelete(onDelete);
}
