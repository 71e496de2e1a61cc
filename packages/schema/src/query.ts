import type { SQL } from "drizzle-orm";

/** Any Drizzle database or transaction on PostgreSQL, of any driver and either major. */
export type Database = { execute(query: SQL): PromiseLike<unknown> };

/**
 * Runs a statement and answers its rows by the names in the SQL. Drivers read 64-bit integers and
 * timestamps in different ways, so a statement answers int, float8, boolean and text alone.
 */
export async function query<Row>(db: Database, statement: SQL): Promise<readonly Row[]> {
  const result = await db.execute(statement);
  // postgres.js answers the rows themselves, the others an object that has them.
  return (Array.isArray(result) ? result : (result as { rows: readonly Row[] }).rows) as Row[];
}
