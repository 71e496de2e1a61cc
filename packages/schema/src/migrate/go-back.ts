import { PushError } from "../database/push-error.ts";
import { refuseUnmet } from "./conditions.ts";
import { explainStep } from "./explain-step.ts";
import type { Migration } from "./migration.ts";
import type { Records } from "./records.ts";
import { type Run, whileTelling } from "./run.ts";
import { type Past, undoMigration } from "./undo-migration.ts";

/** Undoes what ran after a number, the newest first. Looks at every condition before the first. */
export async function goBack(run: Run, records: Records, number: string): Promise<void> {
  const past = findWayBack(run.migrations, records, checkBackNumber(number));
  for (const { migration } of past) {
    await refuseUnmet(run.sql, run, { ...migration, requires: migration.backRequires });
  }
  for (const undone of past) {
    const { version } = undone.migration;
    try {
      const step = await whileTelling(run, version, () => undoMigration(run, undone));
      run.tell({ kind: "done", step });
    } catch (error) {
      throw await explainStep(error, run, version);
    }
  }
}

/** What the way back to a number undoes, the newest first. Throws where there is no way back. */
function findWayBack(migrations: readonly Migration[], records: Records, number: string): Past[] {
  const past = migrations.toReversed().flatMap((migration) => {
    const record = records.get(migration.version);
    return record && migration.number > number ? [{ migration, record }] : [];
  });
  for (const { migration, record } of past) {
    if (migration.isContract && record.how === "ran") {
      throw new PushError(
        `${migration.version} has no way back, nothing was done: the plain-text columns are gone. Restore them from a backup, or open the sealed values with the keys.`,
      );
    }
    if (migration.table) {
      throw new PushError(
        `${migration.version} has no way back, nothing was done: dropping ${migration.table} would lose its rows. Drop it by hand if you mean to.`,
      );
    }
  }
  return past;
}

/** Any number will do: nothing has to have that number to be what everything before it led to. */
function checkBackNumber(number: string): string {
  if (/^\d{3}$/.test(number)) return number;
  throw new PushError(`--back-to takes a number of three digits, such as 024; see --status.`);
}
