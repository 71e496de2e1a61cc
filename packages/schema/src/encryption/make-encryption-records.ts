import { RECORDS_SCHEMA } from "../database/records-table.ts";

/** What runs one statement of SQL without parameters: a postgres.js client or its transaction. */
type Runner = { unsafe(sql: string): PromiseLike<readonly unknown[]> };

const TABLES: Readonly<Record<string, string>> = {
  encryptions: `
    schema_name text not null, table_name text not null, column_name text not null,
    into_schema text not null, into_table text not null, into_column text not null,
    index_column text, hint_column text, id_column text not null,
    normalise text not null, default_country text, has_opener boolean not null default false,
    stage text not null
      check (stage in ('expand', 'dual', 'backfill', 'verify', 'enforce', 'contract')),
    made text[] not null default '{}', unfinished text check (unfinished in ('enforce', 'reopen')),
    paused_at timestamptz,
    started_at timestamptz not null default now(), updated_at timestamptz not null default now(),
    last_error text, primary key (schema_name, table_name, column_name)`,
  encryption_leftovers: `
    schema_name text not null, table_name text not null, column_name text not null,
    row_id text not null, sealed_value text not null check (sealed_value ~ '^pe1[.]'),
    created_at timestamptz not null default now(),
    primary key (schema_name, table_name, column_name, row_id)`,
  key_fingerprints: `
    purpose text not null check (purpose in ('sealing', 'blind_index', 'pepper')),
    key_id bigint not null, fingerprint text not null,
    first_seen_at timestamptz not null default now(),
    primary key (purpose, key_id), unique (purpose, fingerprint)`,
};

const CREATE_SCHEMA = `create schema if not exists ${RECORDS_SCHEMA}`;

const creationOf = (name: string) =>
  `create table if not exists ${RECORDS_SCHEMA}.${name} (${TABLES[name]})`;

/**
 * Makes what is missing of the records about keys and about encrypting columns of plain text.
 *
 * What the services may do with them is in repeatable/grants.ts. Looks first: IF NOT EXISTS asks
 * for the privilege to create even where there is nothing to.
 */
export async function makeEncryptionRecords(sql: Runner): Promise<void> {
  for (const statement of await missingEncryptionRecords(sql)) await sql.unsafe(statement);
}

/** The statements of makeEncryptionRecords() that a database still needs. */
export async function missingEncryptionRecords(sql: Runner): Promise<string[]> {
  const names = Object.keys(TABLES).map((name) => `('${name}')`);
  const found = (await sql.unsafe(
    `select wanted.name, to_regnamespace('${RECORDS_SCHEMA}') is not null as "hasHome",
       to_regclass('${RECORDS_SCHEMA}.' || wanted.name) is not null as exists
     from (values ${names.join(", ")}) as wanted (name)`,
  )) as readonly { name: string; hasHome: boolean; exists: boolean }[];
  const isHomeless = found.some(({ hasHome }) => !hasHome);
  const missing = found.filter(({ exists }) => !exists).map(({ name }) => creationOf(name));
  return isHomeless ? [CREATE_SCHEMA, ...missing] : missing;
}

/** The statements for a database that has none of them. */
export const allEncryptionRecords = (): string[] => [
  CREATE_SCHEMA,
  ...Object.keys(TABLES).map(creationOf),
];
