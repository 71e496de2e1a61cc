import type { TransactionSql } from "postgres";
import { planRepeatable } from "../repeatable/plan-repeatable.ts";
import { recordRepeatable } from "../repeatable/record-repeatable.ts";
import { readRecords, writeRecords } from "../repeatable/records.ts";
import type { RepeatableObject } from "../repeatable/units.ts";
import type { UsersColumn } from "../users-columns.ts";
import type { DoneStep, Run } from "./run.ts";
import { inShortTransaction } from "./short-transaction.ts";

/**
 * Brings the functions, triggers, views and grants up to date. Returns how many statements it took.
 *
 * Each goes alone: a trigger on the users table stops writes until its transaction ends. All of
 * them say CREATE OR REPLACE, so a run that was interrupted is finished by the next.
 */
export async function runRepeatable(run: Run, version: string): Promise<number> {
  const { target, roles } = run;
  const plan = (tx: TransactionSql) => planRepeatable(tx, target, { roles });
  const { steps, notes } = await inShortTransaction(run, version, plan);
  for (const text of notes) run.tell({ kind: "note", text });
  for (const { sql } of steps) {
    await inShortTransaction(run, version, (tx) => tx.unsafe(sql));
  }
  await inShortTransaction(run, version, (tx) => recordRepeatable(tx, target, { roles }));
  return steps.length;
}

/** Once more, for a database where they were made before. Undefined where all stood. */
export async function repeat(run: Run, version: string): Promise<DoneStep | undefined> {
  const startedAt = performance.now();
  const statements = await runRepeatable(run, version);
  if (statements === 0) return undefined;
  return { version, how: "repeated", milliseconds: performance.now() - startedAt };
}

/**
 * Drops columns of the users table by `work`, with nothing of ours hanging on them any more. Where
 * no functions, triggers and views were made there is nothing that could.
 */
export async function withoutColumns(
  tx: TransactionSql,
  { target, roles }: Run,
  { leaving, work }: { leaving: readonly UsersColumn[]; work: () => Promise<unknown> },
): Promise<void> {
  const isMade = (await readRecords(tx, target.schema)).size > 0;
  const { steps } = isMade ? await planRepeatable(tx, target, { roles, leaving }) : NOTHING;
  for (const { sql } of steps) await tx.unsafe(sql);
  await work();
  if (isMade) await recordRepeatable(tx, target, { roles });
}

const NOTHING = { steps: [] };

const ORDER = ["trigger", "view", "function"] as const;

/**
 * Drops the functions, triggers and views that were made for the target, and nothing that hangs on
 * them. The roles and what they may do with the tables stay: services are signed in with them.
 */
export function removeRepeatable(run: Run, version: string): Promise<void> {
  const { schema } = run.target;
  return inShortTransaction(run, version, async (tx) => {
    const made = [...(await readRecords(tx, schema)).values()];
    const drops = ORDER.flatMap((kind) => made.filter((object) => object.kind === kind)).map(
      dropOf,
    );
    if (drops.length > 0) await tx.unsafe(drops.join(";\n"));
    await writeRecords(tx, schema, []);
  });
}

function dropOf({ kind, name, table }: RepeatableObject): string {
  return kind === "trigger"
    ? `drop trigger if exists ${name} on ${table}`
    : `drop ${kind} if exists ${name}`;
}
