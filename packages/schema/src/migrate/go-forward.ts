import { PushError } from "../database/push-error.ts";
import { findUnmet } from "./conditions.ts";
import { explainStep } from "./explain-step.ts";
import type { Migration } from "./migration.ts";
import type { Records } from "./records.ts";
import { refuseUnfitUsers } from "./refuse-unfit-users.ts";
import { repeat } from "./repeatable.ts";
import { type DoneStep, type Run, whileTelling } from "./run.ts";
import { runMigration, standsAlready } from "./run-migration.ts";
import { wanted } from "./wanted.ts";

type Wish = { to?: string | undefined; contract?: boolean | undefined };

/** Runs what is missing, in order. Gives back the versions that wait for `contract`. */
export async function goForward(run: Run, records: Records, wish: Wish): Promise<string[]> {
  const waiting: string[] = [];
  const all = wanted(run, wish);
  await refuseUnfitUsers(
    run,
    all.filter(({ version }) => !records.has(version)),
  );
  for (const migration of all) {
    const isDone = records.has(migration.version);
    if (isDone && !migration.isRepeatable) continue;
    if (!isDone && (await mustWait(run, migration, wish))) {
      waiting.push(migration.version);
      continue;
    }
    const step = await explained(run, migration, () =>
      isDone ? repeat(run, migration.version) : runMigration(run, migration),
    );
    if (step) run.tell({ kind: "done", step });
  }
  return waiting;
}

/** Throws where it was asked for by its number. */
async function mustWait(run: Run, migration: Migration, { to, contract }: Wish): Promise<boolean> {
  if (!migration.isContract || contract || (await standsAlready(run, migration))) return false;
  if (to === migration.number) {
    const unmet = await findUnmet(run.sql, run, migration);
    const missing = ["--contract, for there is no way back", ...unmet].join("; ");
    throw new PushError(
      `${migration.version} was refused, nothing of it was done. Missing: ${missing}.`,
    );
  }
  return true;
}

type Outcome = DoneStep | undefined;

/** A failure names the migration; what takes long says so meanwhile. */
async function explained(
  run: Run,
  { version }: Migration,
  work: () => Promise<Outcome>,
): Promise<Outcome> {
  try {
    return await whileTelling(run, version, work);
  } catch (error) {
    throw await explainStep(error, run, version);
  }
}
