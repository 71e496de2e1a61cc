import type { Sql, TransactionSql } from "postgres";
import { quoted } from "../database/quoted.ts";
import { refuseUnmet } from "./conditions.ts";
import type { Migration } from "./migration.ts";
import { type MigrationRecord, record } from "./records.ts";
import { partOf, render } from "./render.ts";
import { runRepeatable, withoutColumns } from "./repeatable.ts";
import type { DoneStep, Run } from "./run.ts";
import { inShortTransaction } from "./short-transaction.ts";
import { findMissing, isInvalidIndex, isUsersTableMigrated } from "./standing.ts";
import { areAsDeclared, isTableStanding } from "./standing-table.ts";
import { refuseLostTurn } from "./turn.ts";

/** Longer than any transaction that should be open on a busy users table. */
const CONCURRENT_LOCK_TIMEOUT = "10min";

/** Runs one migration, or records it where all that it makes stands already. */
export async function runMigration(run: Run, migration: Migration): Promise<DoneStep> {
  const startedAt = performance.now();
  const made = await findMissing(run.sql, run.target, migration);
  const remember = (how: MigrationRecord["how"]) => async (sql: Sql | TransactionSql) => {
    const milliseconds = performance.now() - startedAt;
    await record(sql, { schema: run.target.schema, migration }, { how, made, milliseconds });
  };
  const how = await execute(run, migration, remember);
  return { version: migration.version, how, milliseconds: performance.now() - startedAt };
}

/** Whether there is nothing to run, because what the migration leads to is so already. */
export async function standsAlready(run: Run, migration: Migration): Promise<boolean> {
  if (migration.table) return isTableStanding(run, migration.table);
  if (migration.alters.length > 0) return areAsDeclared(run, migration.alters);
  return isUsersTableMigrated(run.sql, run.target, migration);
}

type Remember = (how: MigrationRecord["how"]) => (sql: Sql | TransactionSql) => Promise<void>;

async function execute(
  run: Run,
  migration: Migration,
  remember: Remember,
): Promise<MigrationRecord["how"]> {
  const { sql } = run;
  if (migration.isRepeatable) {
    const how = (await runRepeatable(run, migration.version)) > 0 ? "ran" : "adopted";
    await remember(how)(sql);
    return how;
  }
  if (await standsAlready(run, migration)) {
    await remember("adopted")(sql);
    return "adopted";
  }
  if (migration.isTransactional) {
    await refuseUnmet(sql, run, migration);
    await inShortTransaction(run, migration.version, async (tx) => {
      await runInTransaction(tx, run, migration);
      await remember("ran")(tx);
    });
  } else {
    await refuseLostTurn(sql);
    await buildIndex(run, migration);
    await remember("ran")(sql);
  }
  return "ran";
}

async function runInTransaction(tx: TransactionSql, run: Run, migration: Migration) {
  const work = () => tx.unsafe(render(migration.sql, run.target));
  if (migration.removes.length === 0) return work();
  // Nobody can write any more: what is looked at now stays so.
  await tx.unsafe(render("lock table :users in access exclusive mode", run.target));
  await refuseUnmet(tx, run, migration);
  return withoutColumns(tx, run, { leaving: migration.removes.map(partOf), work });
}

/**
 * Beside reads and writes, so outside a transaction. One that is interrupted leaves an invalid
 * index.
 */
async function buildIndex({ sql, target }: Run, migration: Migration): Promise<void> {
  await sql.unsafe(`set lock_timeout = '${CONCURRENT_LOCK_TIMEOUT}'`);
  const place = { target, index: `${target.users.table}_${migration.index}` };
  await dropInvalidIndex(sql, place);
  try {
    await sql.unsafe(render(migration.sql, target));
  } catch (error) {
    // A unique index that failed goes on refusing rows. The next run would drop it, too.
    await dropInvalidIndex(sql, place).catch(() => undefined);
    throw error;
  }
}

type IndexPlace = { target: Run["target"]; index: string };

async function dropInvalidIndex(sql: Sql, { target, index }: IndexPlace): Promise<void> {
  if (!(await isInvalidIndex(sql, target, index))) return;
  await sql.unsafe(`drop index concurrently if exists ${quoted(target.users.schema, index)}`);
}
