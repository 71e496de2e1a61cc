import { quoted } from "../database/quoted.ts";
import { refuseUnmet } from "./conditions.ts";
import type { Migration } from "./migration.ts";
import { forget, type MigrationRecord } from "./records.ts";
import { partOf, render } from "./render.ts";
import { removeRepeatable, withoutColumns } from "./repeatable.ts";
import type { DoneStep, Run } from "./run.ts";
import { inShortTransaction } from "./short-transaction.ts";
import type { Piece } from "./standing.ts";
import { refuseLostTurn } from "./turn.ts";

export type Past = { readonly migration: Migration; readonly record: MigrationRecord };

/** Takes away what a migration made, and only that. What stood before it stays. */
export async function undoMigration(run: Run, { migration, record }: Past): Promise<DoneStep> {
  const startedAt = performance.now();
  const { target, sql } = run;
  const { version } = migration;
  if (migration.isRepeatable) await removeRepeatable(run, version);
  const indexes = record.made.filter(({ kind }) => kind === "index");
  if (indexes.length > 0) await refuseLostTurn(sql);
  for (const { name } of indexes) {
    await sql.unsafe(`drop index concurrently if exists ${quoted(target.users.schema, name)}`);
  }
  await inShortTransaction(run, version, async (tx) => {
    await refuseUnmet(tx, run, { version, requires: migration.backRequires });
    const drops = record.made.flatMap(dropOf);
    if (drops.length > 0) {
      const table = quoted(target.users.schema, target.users.table);
      const work = () => tx.unsafe(`alter table ${table} ${drops.join(", ")}`);
      await withoutColumns(tx, run, { leaving: migration.columns.map(partOf), work });
    }
    for (const sql of record.how === "ran" ? migration.back : [])
      await tx.unsafe(render(sql, target));
    await forget(tx, target.schema, version);
  });
  return { version, how: "undone", milliseconds: performance.now() - startedAt };
}

/** Without CASCADE: what somebody else hung on it stops the way back. */
function dropOf({ kind, name }: Piece): string[] {
  switch (kind) {
    case "column":
      return [`drop column if exists ${quoted(name)}`];
    case "constraint":
      return [`drop constraint if exists ${quoted(name)}`];
    case "index":
    case "validated":
      return [];
  }
}
