import type { Sql } from "postgres";
import { bindDefaultTables } from "../../bind-default-tables.ts";
import { findDeclaration, type Target } from "../../target.ts";
import { openDatabase } from "../../testing/open-database.ts";
import { planRepeatable, type RepeatableOptions, type RepeatablePlan } from "../plan-repeatable.ts";
import { recordRepeatable } from "../record-repeatable.ts";

export const defaultTarget = findDeclaration(bindDefaultTables("postern")).target;

const DEFAULTS: RepeatableOptions = { roles: { prefix: "postern_" } };

/** Carries out the plan, as a push does after the tables. */
export const mount = (sql: Sql, target: Target = defaultTarget, options = DEFAULTS) =>
  sql.begin(async (tx) => {
    const plan = await planRepeatable(tx, target, options);
    for (const step of plan.steps) await tx.unsafe(step.sql);
    await recordRepeatable(tx, target, options);
    return plan;
  }) as Promise<RepeatablePlan>;

/** What there would be to do, in SQL. */
export async function planOf(sql: Sql, target: Target = defaultTarget, options = DEFAULTS) {
  const { steps } = (await sql.begin((tx) =>
    planRepeatable(tx, target, options),
  )) as RepeatablePlan;
  return steps.map((step) => step.sql);
}

/**
 * The tables of the default binding with everything beside them, in a database of one test's own.
 */
export async function openMounted() {
  const database = await openDatabase("template");
  await mount(database.sql);
  return database;
}

/** Roles belong to the whole server: drops those that one test made under a prefix of its own. */
export function dropRolesAfter({ sql }: { sql: Sql }, prefix: string): AsyncDisposable {
  return {
    [Symbol.asyncDispose]: async () => {
      const roles = await sql<{ name: string }[]>`
        select quote_ident(rolname) as name from pg_roles where starts_with(rolname, ${prefix})`;
      const names = roles.map(({ name }) => name).join(", ");
      if (names) await sql.unsafe(`drop owned by ${names} cascade; drop role ${names}`);
    },
  };
}
