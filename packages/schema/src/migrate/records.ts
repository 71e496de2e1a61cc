import type { Sql, TransactionSql } from "postgres";
import { hasRecords, makeRecordsTable, RECORDS_SCHEMA } from "../database/records-table.ts";
import type { Migration } from "./migration.ts";
import type { Piece } from "./standing.ts";

const NAME = "schema_migrations";
const RECORDS = `${RECORDS_SCHEMA}.${NAME}`;
const COLUMNS = `
  schema_name text not null, version text not null, checksum text not null, how text not null,
  made jsonb not null, executed_at timestamptz not null default now(), duration_ms integer not null,
  primary key (schema_name, version)`;

export type MigrationRecord = {
  readonly version: string;
  readonly checksum: string;
  /** `adopted`: everything that it makes stood already, so nothing was run. */
  readonly how: "ran" | "adopted";
  /** What was not there before: the way back takes away this and nothing else. */
  readonly made: readonly Piece[];
  readonly executedAt: Date;
  readonly milliseconds: number;
};

export type Records = ReadonlyMap<string, MigrationRecord>;

/** What ran for a schema, by version. A database may hold several schemas of ours. */
export async function readRecords(sql: Sql | TransactionSql, schema: string): Promise<Records> {
  if (!(await hasRecords(sql, NAME))) return new Map();
  const rows = await sql.unsafe<MigrationRecord[]>(
    `select version, checksum, how, made, executed_at as "executedAt", duration_ms as milliseconds
     from ${RECORDS} where schema_name = $1`,
    [schema],
  );
  return new Map(rows.map((row) => [row.version, { ...row }]));
}

export const makeRecords = (tx: TransactionSql) => makeRecordsTable(tx, NAME, COLUMNS);

type Outcome = Pick<MigrationRecord, "how" | "made" | "milliseconds">;

export async function record(
  sql: Sql | TransactionSql,
  { schema, migration }: { schema: string; migration: Migration },
  { how, made, milliseconds }: Outcome,
): Promise<void> {
  const { version, checksum } = migration;
  await sql.unsafe(
    `insert into ${RECORDS} (schema_name, version, checksum, how, made, duration_ms)
     values ($1, $2, $3, $4, $5::text::jsonb, $6)
     on conflict (schema_name, version) do update set (checksum, how, made, executed_at, duration_ms)
       = (excluded.checksum, excluded.how, excluded.made, now(), excluded.duration_ms)`,
    [schema, version, checksum, how, JSON.stringify(made), Math.round(milliseconds)],
  );
}

export async function forget(tx: Sql | TransactionSql, schema: string, version: string) {
  await tx.unsafe(`delete from ${RECORDS} where schema_name = $1 and version = $2`, [
    schema,
    version,
  ]);
}
