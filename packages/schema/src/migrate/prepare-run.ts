import type { Sql, TransactionSql } from "postgres";
import { begin } from "../database/begin.ts";
import { PushError } from "../database/push-error.ts";
import { quoted } from "../database/quoted.ts";
import { refuseUsersTable } from "../push/refuse-users-table.ts";
import { DEFAULT_ROLES } from "../repeatable/roles.ts";
import type { Declaration, Target } from "../target.ts";
import { draftDeclared } from "./draft-declared.ts";
import { LOCK_TRIES_MAX } from "./lock-retries.ts";
import { readMigrations } from "./migration.ts";
import type { MigrateOptions } from "./options.ts";
import { makeRecords } from "./records.ts";
import type { Run } from "./run.ts";

// For what runs outside a transaction. Indexing may take hours, on one core of the app's, and names
// are pg_catalog's first.
const SETTINGS = `
  set statement_timeout = 0;
  set max_parallel_maintenance_workers = 0;
  select pg_catalog.set_config('search_path', pg_catalog.concat_ws(', ', 'pg_catalog',
    nullif(pg_catalog.current_setting('search_path'), '')), false)`;

/** What a run needs, once it is its turn. Makes the records where there are none. */
export async function prepareRun(
  sql: Sql,
  declaration: Declaration,
  options: MigrateOptions,
): Promise<Run> {
  await sql.unsafe(SETTINGS);
  await refuseMissingUsers(sql, declaration.target);
  const { declared, target } = await begin(sql, async (tx) => {
    const drafted = await draftDeclared(tx, declaration);
    await refuseUsersTable(tx, drafted.target, drafted.declared);
    await makeHome(tx, drafted.target.schema);
    await makeRecords(tx);
    return drafted;
  });
  return {
    sql,
    target,
    roles: options.roles === undefined ? DEFAULT_ROLES : options.roles,
    declared,
    migrations: readMigrations(),
    lockTriesMax: options.lockTriesMax ?? LOCK_TRIES_MAX,
    tell: options.onEvent ?? (() => undefined),
  };
}

/** Looks first: IF NOT EXISTS asks for the privilege to create even where there is nothing to. */
async function makeHome(tx: TransactionSql, schema: string): Promise<void> {
  const rows = await tx`select from pg_namespace where nspname = ${schema}`;
  if (rows.length === 0) await tx.unsafe(`create schema ${quoted(schema)}`);
}

async function refuseMissingUsers(sql: Sql, { tables, users }: Target): Promise<void> {
  if (tables.includes("users")) return;
  const rows = await sql`select from pg_tables
    where schemaname = ${users.schema} and tablename = ${users.table}`;
  if (rows.length > 0) return;
  const alternative = users.isOurs ? ", or export posternUsers beside the others" : "";
  throw new PushError(
    `The users table ${users.schema}.${users.table} does not exist. Nothing was done. Make it first, by your app's own migrations${alternative}.`,
  );
}
