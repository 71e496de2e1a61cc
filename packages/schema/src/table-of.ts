import type { AnyPgColumn, PgTable } from "drizzle-orm/pg-core";

/** The table of a column. It is there in both majors of Drizzle; the types of 1.0 do not say so. */
export const tableOf = (column: AnyPgColumn): PgTable =>
  (column as unknown as { readonly table: PgTable }).table;
