import type { Sql, TransactionSql } from "postgres";
import { begin } from "../push/begin.ts";
import { PushError } from "../push/push-error.ts";
import { quoted } from "../push/step.ts";
import { refuseUsersTable } from "../push/users-table.ts";
import { DEFAULT_ROLE_PREFIX, type Roles } from "../repeatable/roles.ts";
import type { Declaration, Target } from "../target.ts";
import { draftDeclared } from "./declared.ts";
import { type Migration, readMigrations } from "./migration.ts";
import type { MigrateOptions } from "./options.ts";
import { LOCK_TRIES_MAX } from "./patience.ts";
import { makeRecords, type Records } from "./records.ts";
import type { Run } from "./run.ts";

export const rolesOf = ({ roles }: Pick<MigrateOptions, "roles">): Roles =>
  roles === undefined ? { prefix: DEFAULT_ROLE_PREFIX } : roles;

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
    roles: rolesOf(options),
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

/** Throws PushError where a file is not what it was when it ran. */
export function refuseEdited(migrations: readonly Migration[], records: Records): void {
  const edited = migrations.filter((migration) => isEdited(migration, records));
  if (edited.length === 0) return;
  throw new PushError(
    `${edited.map(({ version }) => version).join(", ")} was edited after it ran. Nothing was done. Put the file back as it was (reinstall the package); what is new goes into a new one.`,
  );
}

export function isEdited({ version, checksum }: Migration, records: Records): boolean {
  const past = records.get(version);
  return past !== undefined && past.checksum !== checksum;
}

/** Throws PushError on a number that no migration has. */
export function checkNumber(migrations: readonly Migration[], number: string): string {
  const numbers = [...new Set(migrations.map((migration) => migration.number))];
  if (numbers.includes(number)) return number;
  throw new PushError(
    `There is no migration ${number}. There are ${numbers[0]} to ${numbers.at(-1)}; see --status.`,
  );
}
