import type { TransactionSql } from "postgres";
import { quoted } from "../database/quoted.ts";
import type { Step } from "../database/step.ts";
import type { DeclaredTable } from "../declared/declared-table.ts";
import { type Definitions, keyOf } from "../declared/definitions.ts";
import { tableKey } from "./difference.ts";
import type { TableSides } from "./table-steps.ts";

/**
 * Tables that must be emptied, because a new column that is NOT NULL has no value for their rows.
 *
 * Without CASCADE: where another table refers to one, PostgreSQL refuses, and the push with it.
 */
export async function findEmptied(
  tx: TransactionSql,
  { schema, tables, found }: TableSides,
): Promise<Step[]> {
  const steps: Step[] = [];
  for (const table of tables) {
    const column = unfillable(table, found);
    if (!column) continue;
    const [row] = await tx.unsafe(`select from ${quoted(schema, table.name)} limit 1`);
    if (!row) continue;
    const about = `empty table ${table.name}, whose rows have no value for the new column ${column} (a default would do instead)`;
    steps.push({ sql: `TRUNCATE TABLE ${quoted(schema, table.name)};`, effect: "loses", about });
  }
  return steps;
}

function unfillable({ name: table, columns }: DeclaredTable, found: Definitions) {
  if (!found.has(tableKey(table))) return undefined;
  return columns.find(
    ({ name, isRequired, default: value, identity }) =>
      isRequired &&
      value === null &&
      identity === "" &&
      !found.has(keyOf({ kind: "column", table, name })),
  )?.name;
}
