import type { TransactionSql } from "postgres";
import { hasRecords, makeRecordsTable, RECORDS_SCHEMA } from "../database/records-table.ts";
import { keyOfObject } from "./objects.ts";
import type { RepeatableObject } from "./units.ts";

/** The name of the table of these records. */
export const OBJECT_RECORDS = "repeatable_objects";

const RECORDS = `${RECORDS_SCHEMA}.${OBJECT_RECORDS}`;
const COLUMNS = `
  schema_name text not null, kind text not null, name text not null, on_table text not null,
  checksum text not null, digest text not null, applied_at timestamptz not null default now(),
  primary key (schema_name, kind, name, on_table)`;

export type ObjectRecord = RepeatableObject & {
  /** Of the SQL that made it. */
  readonly checksum: string;
  /** Of what the catalogue said of it then. */
  readonly digest: string;
};

/** What was made for the target in a schema, by key. */
export async function readRecords(
  tx: TransactionSql,
  schema: string,
): Promise<ReadonlyMap<string, ObjectRecord>> {
  if (!(await hasRecords(tx, OBJECT_RECORDS))) return new Map();
  const rows = await tx.unsafe<ObjectRecord[]>(
    `select kind, name, on_table as "table", checksum, digest from ${RECORDS} where schema_name = $1`,
    [schema],
  );
  return new Map(rows.map((row) => [keyOfObject(row), { ...row }]));
}

/** Makes these, and no others, the objects that were made for the target in a schema. */
export async function writeRecords(
  tx: TransactionSql,
  schema: string,
  records: readonly ObjectRecord[],
): Promise<void> {
  await makeRecordsTable(tx, OBJECT_RECORDS, COLUMNS);
  await tx.unsafe(`delete from ${RECORDS} where schema_name = $1`, [schema]);
  await tx.unsafe(
    `insert into ${RECORDS} (schema_name, kind, name, on_table, checksum, digest)
     select $1, kind, name, "table", checksum, digest from json_to_recordset($2::text::json)
       as r (kind text, name text, "table" text, checksum text, digest text)`,
    [schema, JSON.stringify(records)],
  );
}
