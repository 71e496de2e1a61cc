import type { TransactionSql } from "postgres";
import { type Definition, type Definitions, keyOf, readDefinitions } from "./definitions.ts";
import { type Difference, findDifference, tableKey } from "./difference.ts";
import { findEmptied } from "./find-emptied.ts";
import type { Kit, Snapshot } from "./kit.ts";
import { readOurs } from "./ours.ts";
import { quoted, type Step, statementStep } from "./step.ts";
import { refuseStrangers } from "./strangers.ts";

/** What the database is to hold. */
export type Wish = {
  readonly kit: Kit;
  readonly schema: string;
  readonly wanted: Snapshot;
  readonly declared: Definitions;
};

export type Plan = {
  readonly steps: readonly Step[];
  /** Some objects stand as they should but are not recorded as ours yet. */
  readonly isUnrecorded: boolean;
};

/**
 * The steps from what the database holds to what is declared, in order. Reads only.
 *
 * Throws PushError where a table of that name is somebody else's.
 */
export async function makePlan(tx: TransactionSql, wish: Wish): Promise<Plan> {
  const { kit, schema, wanted, declared } = wish;
  const ours = await readOurs(tx, schema);
  const tables = new Set([...declared.values(), ...ours.values()].map(({ table }) => table));
  const found = await readDefinitions(tx, schema, [...tables]);
  refuseStrangers(schema, { declared, found, ours });

  const difference = findDifference({ wanted, declared, found, ours });
  const [home] = await tx`select from pg_namespace where nspname = ${schema}`;
  const present = { ...difference.present, schemas: home ? wanted.schemas : {} };
  const statements = await kit.statementsBetween(present, wanted);
  return {
    steps: [
      ...dropsOfRules(schema, difference),
      ...(await findEmptied(tx, { schema, wanted, found })),
      ...statements.map((sql) => statementStep(sql.trim(), wish, difference.retyped)),
      ...dropsOfData(schema, difference),
    ],
    isUnrecorded: [...declared.keys()].some((key) => !ours.has(key)),
  };
}

/** Constraints and indexes hold no data. Foreign keys go first: they hang on unique keys. */
function dropsOfRules(schema: string, { outdated, retired }: Difference): Step[] {
  const gone = new Set(retired.filter(({ kind }) => kind === "table").map(({ table }) => table));
  const rules = [...outdated, ...retired].filter(
    ({ kind, table }) => kind !== "table" && kind !== "column" && !gone.has(table),
  );
  return rules
    .toSorted((a, b) => Number(b.kind === "foreign_key") - Number(a.kind === "foreign_key"))
    .map((rule) => dropOfRule(schema, rule));
}

function dropOfRule(schema: string, { kind, table, name }: Definition): Step {
  const sql =
    kind === "index"
      ? `DROP INDEX ${quoted(schema, name)};`
      : `ALTER TABLE ${quoted(schema, table)} DROP CONSTRAINT ${quoted(name)};`;
  return { sql, effect: "replaces", about: `${kind.replace("_", " ")} ${name} of ${table}` };
}

/** Without CASCADE: what somebody else hung on them makes the whole push fail. */
function dropsOfData(schema: string, { retired }: Difference): Step[] {
  const names = new Set(retired.map(keyOf));
  return retired.flatMap(({ kind, table, name }): Step[] => {
    if (kind === "table") {
      const sql = `DROP TABLE ${quoted(schema, table)};`;
      return [{ sql, effect: "loses", about: `drop table ${table}` }];
    }
    if (kind !== "column" || names.has(tableKey(table))) return [];
    const sql = `ALTER TABLE ${quoted(schema, table)} DROP COLUMN ${quoted(name)};`;
    return [{ sql, effect: "loses", about: `drop column ${table}.${name}` }];
  });
}
