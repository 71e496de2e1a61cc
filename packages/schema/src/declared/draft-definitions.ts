import type { TransactionSql } from "postgres";
import { quoted } from "../database/quoted.ts";
import { withSearchPath } from "../database/search-path.ts";
import type { DeclaredTable } from "./declared-table.ts";
import { type Definition, type Definitions, keyOf, readDefinitions } from "./definitions.ts";
import { addRule, createTable } from "./statements.ts";

/**
 * What the declared tables would look like in PostgreSQL's own words.
 *
 * They are made as temporary tables and read back, and the savepoint is undone (70 ms). So a CHECK,
 * an index predicate or a default that was changed here or by hand is seen, which a comparison of
 * texts would miss or imagine. Foreign keys are compared by their parts: temporary tables have none
 * to permanent ones. An id of a type of the app's own is found in the schema of its users table
 * too.
 */
export async function draftDefinitions(
  tx: TransactionSql,
  tables: readonly DeclaredTable[],
  usersSchema: string,
): Promise<Definitions> {
  const path = (old: string) =>
    ["pg_catalog", ...(old ? [old] : []), quoted(usersSchema), "public", "pg_temp"].join(", ");
  await tx.unsafe("savepoint draft");
  await withSearchPath(tx, path, () => tx.unsafe(tables.flatMap(temporary).join("\n")));
  const names = tables.map(({ name }) => name);
  const drafted = await readDefinitions(tx, { isTemporary: true }, names);
  await tx.unsafe("rollback to savepoint draft");
  const foreignKeys = tables.flatMap(foreignKeysOf);
  return new Map([...drafted, ...foreignKeys.map((key) => [keyOf(key), key] as const)]);
}

function temporary(table: DeclaredTable): string[] {
  const place = quoted("pg_temp", table.name);
  const indexes = table.rules.filter(({ kind }) => kind === "index");
  return [createTable(place, table), ...indexes.map((index) => addRule(place, index))];
}

const foreignKeysOf = ({ name: table, rules }: DeclaredTable): Definition[] =>
  rules
    .filter(({ kind }) => kind === "foreign_key")
    .map(({ name, text }) => ({ kind: "foreign_key", table, name, text }));
