import { type SQL, sql } from "drizzle-orm";
import type { AnyPgColumn, PgTable } from "drizzle-orm/pg-core";

/**
 * A value and the column it goes to. Drizzle's own `insert` cannot stand in a `with` on both
 * majors.
 */
export type Cell = readonly [column: AnyPgColumn, value: SQL];

/** One row into a table, to run alone or in a `with`. */
export function insertRow(table: PgTable, cells: readonly Cell[]): SQL {
  const columns = cells.map(([column]) => sql.identifier(column.name));
  const values = cells.map(([, value]) => value);
  return sql`insert into ${table} (${sql.join(columns, sql`, `)}) values (${sql.join(values, sql`, `)})`;
}
