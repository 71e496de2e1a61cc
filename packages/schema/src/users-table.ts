import type { AnyPgColumn } from "drizzle-orm/pg-core";

/** Any Drizzle table with an `id` column: the users table that the security tables hang from. */
export type UsersTable = { readonly id: AnyPgColumn };

/** The JavaScript type of that table's id: string, number, bigint, or a branded type of yours. */
export type UserIdOf<U extends UsersTable> = U["id"]["_"]["data"];
