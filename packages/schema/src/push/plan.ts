import type { TransactionSql } from "postgres";
import { planRepeatable } from "../repeatable/plan-repeatable.ts";
import type { Roles } from "../repeatable/roles.ts";
import type { Target } from "../target.ts";
import type { DeclaredTable } from "./declared-table.ts";
import { type Definitions, readDefinitions } from "./definitions.ts";
import { freeColumns } from "./dependents.ts";
import { findDifference } from "./difference.ts";
import { findEmptied } from "./find-emptied.ts";
import { refuseHeirs } from "./heirs.ts";
import { readOurs } from "./ours.ts";
import type { Program } from "./program.ts";
import { quoted, type Step } from "./step.ts";
import { refuseStrangers, refuseUnexported, stillOurs } from "./strangers.ts";
import { columnDrops, ruleDrops, ruleSteps, tableSteps } from "./table-steps.ts";
import { refuseTakenNames } from "./taken-names.ts";
import { refuseUsersTable } from "./users-table.ts";

/** What the database is to hold. */
export type Wish = {
  readonly target: Target;
  readonly tables: readonly DeclaredTable[];
  readonly declared: Definitions;
  readonly roles: Roles;
  readonly program: Program;
};

export type Plan = {
  readonly steps: readonly Step[];
  /** How many of the steps, the first ones, make the tables. The rest is repeatable SQL. */
  readonly tableStepsCount: number;
  /** What was left out, and why. */
  readonly notes: readonly string[];
  /** Some objects stand as they should but are not recorded as ours yet. */
  readonly isUnrecorded: boolean;
};

/**
 * The steps from what the database holds to what is declared, in order. Reads only.
 *
 * Throws PushError where something is in the way that is not ours to move.
 */
export async function makePlan(tx: TransactionSql, wish: Wish): Promise<Plan> {
  const { target, tables, declared, roles } = wish;
  const { schema } = target;
  const recorded = await readOurs(tx, schema);
  const names = new Set([...declared.values(), ...recorded.values()].map(({ table }) => table));
  const found = await readDefinitions(tx, schema, [...names]);
  const ours = stillOurs({ found, ours: recorded });
  const sides = { schema, tables, declared, found };
  refuseStrangers({ schema, program: wish.program }, { declared, found, ours });
  refuseUnexported({ schema, program: wish.program }, { declared, found, ours });
  await refuseTakenNames(tx, sides);
  await refuseUsersTable(tx, target, declared);

  const difference = findDifference({ declared, found, ours });
  const freeing = await freeColumns(tx, schema, difference);
  const [home] = await tx`select from pg_namespace where nspname = ${schema}`;
  const steps: Step[] = [
    ...(home ? [] : [createSchema(schema)]),
    ...freeing,
    ...ruleDrops(schema, difference),
    ...(await findEmptied(tx, sides)),
    ...tableSteps(sides),
    ...ruleSteps(sides),
    ...columnDrops(schema, difference),
  ];
  await refuseHeirs(tx, schema, steps);
  const repeatable = await planAfter(tx, freeing, () => planRepeatable(tx, target, { roles }));
  return {
    steps: [...steps, ...repeatable.steps],
    tableStepsCount: steps.length,
    notes: repeatable.notes,
    isUnrecorded: [...declared.keys()].some((key) => !ours.has(key)),
  };
}

/** What the plan is once these few steps are done. They are undone again. */
async function planAfter<R>(
  tx: TransactionSql,
  steps: readonly Step[],
  plan: () => Promise<R>,
): Promise<R> {
  if (steps.length === 0) return plan();
  await tx.unsafe("savepoint freeing");
  for (const { sql } of steps) await tx.unsafe(sql);
  const result = await plan();
  await tx.unsafe("rollback to savepoint freeing");
  return result;
}

function createSchema(schema: string): Step {
  const sql = `CREATE SCHEMA ${quoted(schema)};`;
  return { sql, effect: "adds", about: `create schema ${schema}` };
}
