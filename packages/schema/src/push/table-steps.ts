import { quoted } from "../database/quoted.ts";
import type { Step } from "../database/step.ts";
import type { DeclaredColumn, DeclaredRule, DeclaredTable } from "../declared/declared-table.ts";
import { columnOf, type Definition, type Definitions, keyOf } from "../declared/definitions.ts";
import { addRule, createTable, isInline } from "../declared/statements.ts";
import { columnSteps } from "./column-steps.ts";
import { type Difference, isRule, tableKey } from "./difference.ts";

export type TableSides = {
  readonly schema: string;
  readonly tables: readonly DeclaredTable[];
  readonly declared: Definitions;
  readonly found: Definitions;
};

/** Tables that are missing, each whole, and columns of those that stand. */
export function tableSteps({ schema, tables, declared, found }: TableSides): Step[] {
  const read = (from: Definitions, table: string, name: string) => {
    const definition = from.get(keyOf({ kind: "column", table, name }));
    return definition && columnOf(definition);
  };
  return tables.flatMap((table): Step[] => {
    const { name, columns } = table;
    if (!found.has(tableKey(name))) {
      const typeOf = (column: DeclaredColumn) =>
        read(declared, name, column.name)?.type ?? column.type;
      const sql = createTable(quoted(schema, name), table, typeOf);
      return [{ sql, effect: "adds", about: `create table ${name}` }];
    }
    return columns.flatMap((column) => {
      const wanted = read(declared, name, column.name);
      const standing = read(found, name, column.name);
      return wanted ? columnSteps({ schema, table: name, column, wanted, found: standing }) : [];
    });
  });
}

/** Keys before indexes, and foreign keys last: they need what they point at. */
const ORDER = ["primary_key", "check", "index", "foreign_key"];

/** Constraints and indexes that are missing, or that say something else and were dropped. */
export function ruleSteps({ schema, tables, declared, found }: TableSides): Step[] {
  const isDue = (table: string, rule: DeclaredRule) => {
    const key = keyOf({ kind: rule.kind, table, name: rule.name });
    const isMade = isInline(rule) && !found.has(tableKey(table));
    return !isMade && found.get(key)?.text !== declared.get(key)?.text;
  };
  return tables
    .flatMap(({ name: table, rules }) =>
      rules.filter((rule) => isDue(table, rule)).map((rule) => ({ table, rule })),
    )
    .toSorted((a, b) => ORDER.indexOf(a.rule.kind) - ORDER.indexOf(b.rule.kind))
    .map(({ table, rule }) => ({
      sql: addRule(quoted(schema, table), rule),
      effect: "adds",
      about: `add ${rule.kind.replace("_", " ")} ${rule.name} of ${table}`,
    }));
}

/** Foreign keys go first: they hang on unique keys. */
export function ruleDrops(schema: string, { outdated, retired }: Difference): Step[] {
  return [...outdated, ...retired]
    .filter(isRule)
    .toSorted((a, b) => Number(b.kind === "foreign_key") - Number(a.kind === "foreign_key"))
    .map((rule) => ruleDrop(schema, rule));
}

function ruleDrop(schema: string, { kind, table, name }: Definition): Step {
  const sql =
    kind === "index"
      ? `DROP INDEX ${quoted(schema, name)};`
      : `ALTER TABLE ${quoted(schema, table)} DROP CONSTRAINT ${quoted(name)};`;
  return { sql, effect: "replaces", about: `drop ${kind.replace("_", " ")} ${name} of ${table}` };
}

/** Without CASCADE: what somebody else hung on them makes the whole push fail. */
export const columnDrops = (schema: string, { retired }: Difference): Step[] =>
  retired
    .filter(({ kind }) => kind === "column")
    .map(({ table, name }) => ({
      sql: `ALTER TABLE ${quoted(schema, table)} DROP COLUMN ${quoted(name)};`,
      effect: "loses",
      about: `drop column ${table}.${name}`,
    }));
