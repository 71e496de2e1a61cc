import type { TransactionSql } from "postgres";
import { hasRecords, makeRecordsTable, RECORDS_SCHEMA } from "../database/records-table.ts";
import { type Definition, type Definitions, keyOf } from "../declared/definitions.ts";

const NAME = "pushed_objects";
const RECORDS = `${RECORDS_SCHEMA}.${NAME}`;
const COLUMNS = `
  schema_name text not null, kind text not null, table_name text not null, name text not null,
  pushed_at timestamptz not null default now(),
  primary key (schema_name, kind, table_name, name)`;

type Name = Omit<Definition, "text">;

/**
 * The objects of a schema that a push made, by key. Whatever stands beside them, even inside one
 * of our tables, belongs to somebody else.
 */
export async function readOurs(
  tx: TransactionSql,
  schema: string,
): Promise<ReadonlyMap<string, Name>> {
  if (!(await hasRecords(tx, NAME))) return new Map();
  const rows = await tx.unsafe<Name[]>(
    `select kind, table_name as "table", name from ${RECORDS} where schema_name = $1`,
    [schema],
  );
  return new Map(rows.map((row) => [keyOf(row), { ...row }]));
}

/** Makes these, and no others, the objects of a schema that are ours. */
export async function recordOurs(
  tx: TransactionSql,
  schema: string,
  definitions: Definitions,
): Promise<void> {
  await makeRecordsTable(tx, NAME, COLUMNS);
  const rows = [...definitions.values()].map(({ kind, table, name }) => ({ kind, table, name }));
  await tx.unsafe(
    `with wanted as (
       select kind, "table", name from json_to_recordset($2::text::json) as w(kind text, "table" text, name text)),
     gone as (
       delete from ${RECORDS} where schema_name = $1
         and (kind, table_name, name) not in (select kind, "table", name from wanted))
     insert into ${RECORDS} (schema_name, kind, table_name, name)
       select $1, kind, "table", name from wanted on conflict do nothing`,
    [schema, JSON.stringify(rows)],
  );
}
