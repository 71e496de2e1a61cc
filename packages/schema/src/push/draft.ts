import type { TransactionSql } from "postgres";
import { type Definition, type Definitions, keyOf, readDefinitions } from "./definitions.ts";
import type { Kit, Snapshot, SnapshotTable } from "./kit.ts";
import { withSearchPath } from "./search-path.ts";

/** The letters of pg_constraint. */
const ACTIONS: Readonly<Record<string, string>> = {
  "no action": "a",
  restrict: "r",
  cascade: "c",
  "set null": "n",
  "set default": "d",
};

/**
 * What the declared tables would look like in PostgreSQL's own words.
 *
 * They are made as temporary tables and read back, and the savepoint is undone (70 ms). So a CHECK,
 * an index predicate or a default that was changed here or by hand is seen, which a comparison of
 * texts would miss or imagine. Foreign keys are compared by their parts: temporary tables have none
 * to permanent ones.
 */
export async function draftDefinitions(
  tx: TransactionSql,
  kit: Kit,
  wanted: Snapshot,
): Promise<Definitions> {
  const tables = Object.values(wanted.tables);
  const statements = await kit.statementsBetween(
    { ...wanted, tables: {} },
    { ...wanted, tables: mapValues(wanted.tables, (table) => ({ ...table, foreignKeys: {} })) },
  );
  await tx.unsafe("savepoint draft");
  await withSearchPath(
    tx,
    (old) => (old ? `pg_temp, ${old}` : "pg_temp"),
    () => tx.unsafe(tables.reduce(intoTemporary, statements.join("\n"))),
  );
  const names = tables.map(({ name }) => name);
  const drafted = await readDefinitions(tx, { isTemporary: true }, names);
  await tx.unsafe("rollback to savepoint draft");
  const foreignKeys = tables.flatMap(foreignKeysOf);
  return new Map([...drafted, ...foreignKeys.map((key) => [keyOf(key), key] as const)]);
}

function intoTemporary(statements: string, { schema, name }: SnapshotTable): string {
  return schema
    ? statements
        .replaceAll(`"${schema}"."${name}"`, `"pg_temp"."${name}"`)
        .replaceAll(`sequence name "${schema}"."${name}_`, `sequence name "pg_temp"."${name}_`)
    : statements;
}

/** In the same form as readDefinitions() gives. */
function foreignKeysOf(table: SnapshotTable): Definition[] {
  const letter = (action = "no action") => ACTIONS[action] ?? "?";
  return Object.values(table.foreignKeys).map((key) => {
    const target = `${key.schemaTo || "public"}.${key.tableTo}.${key.columnsTo.join(",")}`;
    const actions = `${letter(key.onDelete)}${letter(key.onUpdate)}`;
    const text = `${key.columnsFrom.join(",")} -> ${target} ${actions}`;
    return { kind: "foreign_key", table: table.name, name: key.name, text };
  });
}

function mapValues<V>(record: Record<string, V>, change: (value: V) => V): Record<string, V> {
  return Object.fromEntries(Object.entries(record).map(([key, value]) => [key, change(value)]));
}
