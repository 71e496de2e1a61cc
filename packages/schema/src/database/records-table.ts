import type { Sql, TransactionSql } from "postgres";

/** The schema of Postern's own records. Drizzle does not know it and so never touches it. */
export const RECORDS_SCHEMA = "postern_internal";

/** Whether the table of records of that name is there. */
export async function hasRecords(sql: Sql | TransactionSql, name: string): Promise<boolean> {
  const place = `${RECORDS_SCHEMA}.${name}`;
  const [found] = await sql`select to_regclass(${place}) is not null as exists`;
  return found?.exists;
}

/**
 * Makes the table of records of that name where there is none.
 *
 * Looks first: IF NOT EXISTS asks for the privilege to create even where there is nothing to.
 */
export async function makeRecordsTable(
  tx: TransactionSql,
  name: string,
  columns: string,
): Promise<void> {
  const [home] = await tx`select from pg_namespace where nspname = ${RECORDS_SCHEMA}`;
  if (!home) await tx.unsafe(`create schema ${RECORDS_SCHEMA}`);
  if (await hasRecords(tx, name)) return;
  const place = `${RECORDS_SCHEMA}.${name}`;
  await tx.unsafe(`create table ${place} (${columns}); revoke all on ${place} from public`);
}
