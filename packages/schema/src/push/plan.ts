import type { TransactionSql } from "postgres";
import type { Program } from "../database/program.ts";
import { quoted } from "../database/quoted.ts";
import type { Step } from "../database/step.ts";
import type { DeclaredTable } from "../declared/declared-table.ts";
import { type Definitions, readDefinitions } from "../declared/definitions.ts";
import { planRepeatable } from "../repeatable/plan-repeatable.ts";
import type { Roles } from "../repeatable/roles.ts";
import type { Target } from "../target.ts";
import { findDifference } from "./difference.ts";
import { findEmptied } from "./find-emptied.ts";
import { freeColumns } from "./free-columns.ts";
import { readOurs } from "./ours.ts";
import { refuseChildTables } from "./refuse-child-tables.ts";
import { refuseTakenNames } from "./refuse-taken-names.ts";
import { refuseUsersTable } from "./refuse-users-table.ts";
import { refuseStrangers, refuseUnexported, stillOurs } from "./strangers.ts";
import { columnDrops, ruleDrops, ruleSteps, tableSteps } from "./table-steps.ts";

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
  const sides = { schema, tables, declared, found, ours };
  refuseStrangers(sides, wish.program);
  refuseUnexported(sides);
  await refuseTakenNames(tx, sides);
  await refuseUsersTable(tx, target, declared);

  const difference = findDifference(sides);
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
  await refuseChildTables(tx, schema, steps);
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
