import type { TransactionSql } from "postgres";
import { type Definitions, keyOf } from "./definitions.ts";
import { tableKey } from "./difference.ts";
import type { Snapshot, SnapshotTable } from "./kit.ts";
import { quoted, type Step } from "./step.ts";

type Place = { schema: string; wanted: Snapshot; found: Definitions };

/**
 * Tables that must be emptied, because a new column that is NOT NULL has no value for their rows.
 *
 * Without CASCADE: where another table refers to one, PostgreSQL refuses, and the push with it.
 */
export async function findEmptied(
  tx: TransactionSql,
  { schema, wanted, found }: Place,
): Promise<Step[]> {
  const steps: Step[] = [];
  for (const table of Object.values(wanted.tables)) {
    const column = unfillable(table, found);
    if (!column) continue;
    const [row] = await tx.unsafe(`select from ${quoted(schema, table.name)} limit 1`);
    if (!row) continue;
    const about = `empty table ${table.name}, whose rows have no value for the new column ${column} (a default would do instead)`;
    steps.push({ sql: `TRUNCATE TABLE ${quoted(schema, table.name)};`, effect: "loses", about });
  }
  return steps;
}

function unfillable(table: SnapshotTable, found: Definitions): string | undefined {
  if (!found.has(tableKey(table.name))) return undefined;
  return Object.values(table.columns).find(
    (column) =>
      column.notNull &&
      column.default === undefined &&
      !column.identity &&
      !column.generated &&
      !found.has(keyOf({ kind: "column", table: table.name, name: column.name })),
  )?.name;
}
