import {
  type AnyPgColumn,
  foreignKey,
  type PgSchema,
  type PgTableFn,
  pgSchema,
  pgTable,
  pgView,
} from "drizzle-orm/pg-core";
import { mark } from "./mark.ts";
import type { UsersColumns } from "./users-columns.ts";
import type { UsersTable } from "./users-table.ts";

/** What a factory needs: where its table or view lives, and whose id `user_id` points at. */
export type Binding<U extends UsersTable, S extends string | undefined> = {
  readonly table: PgTableFn<S>;
  readonly view: PgSchema<S & string>["view"];
  readonly users: U;
};

type Place<U extends UsersTable, S extends string> = {
  users: U;
  home: PgSchema<S> | undefined;
  columns?: UsersColumns | undefined;
};

/** A binding whose tables bear our mark. */
export function bind<U extends UsersTable, S extends string>({
  users,
  home,
  columns = {},
}: Place<U, S>): Binding<U, S> {
  // Drizzle has no pgSchema("public"): what lies there comes from pgTable and pgView, which type it
  // the same way.
  const make = (home?.table ?? pgTable) as (...parts: readonly unknown[]) => object;
  const table = (...parts: readonly unknown[]) => mark(make(...parts), { users, columns });
  const view = (home?.view ?? pgView) as PgSchema<S>["view"];
  return { table: table as unknown as PgTableFn<S>, view, users };
}

/** The PostgreSQL schema object of that name, which Drizzle does not have for `public`. */
export function homeOf<S extends string>(schema: S | PgSchema<S>): PgSchema<S> | undefined {
  if (typeof schema !== "string") return schema;
  return schema === "public" ? undefined : (pgSchema(schema) as PgSchema<S>);
}

type OnDelete = "cascade" | "set null";

/** The named foreign key from `user_id` to the bound users table. */
export function userKey(
  name: string,
  [column, users]: readonly [column: AnyPgColumn, users: UsersTable],
  onDelete: OnDelete,
) {
  return foreignKey({ name, columns: [column], foreignColumns: [users.id] }).onDelete(onDelete);
}
