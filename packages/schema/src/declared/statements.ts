import { quoted } from "../database/quoted.ts";
import type { DeclaredColumn, DeclaredRule, DeclaredTable } from "./declared-table.ts";

/** Kept inside CREATE TABLE. Indexes and foreign keys are statements of their own. */
export const isInline = ({ kind }: Pick<DeclaredRule, "kind">) =>
  kind === "primary_key" || kind === "check";

const typeAsDeclared = ({ type }: DeclaredColumn) => type;

/** With its primary key and its checks. */
export function createTable(
  place: string,
  { columns, rules }: DeclaredTable,
  typeOf: (column: DeclaredColumn) => string = typeAsDeclared,
): string {
  const lines = [
    ...columns.map((column) => columnSql(column, typeOf(column))),
    ...rules.filter(isInline).map((rule) => `CONSTRAINT ${quoted(rule.name)} ${rule.body}`),
  ];
  return `CREATE TABLE ${place} (\n${lines.map((line) => `  ${line}`).join(",\n")}\n);`;
}

export function columnSql(column: DeclaredColumn, type: string): string {
  return [
    quoted(column.name),
    type,
    ...(column.identity ? [`GENERATED ${generation(column.identity)} AS IDENTITY`] : []),
    ...(column.default === null ? [] : [`DEFAULT ${column.default}`]),
    ...(column.isRequired ? ["NOT NULL"] : []),
  ].join(" ");
}

/** Of the letters of pg_attribute. */
export const generation = (identity: string) => (identity === "a" ? "ALWAYS" : "BY DEFAULT");

export function addRule(place: string, { kind, name, body, isUnique }: DeclaredRule): string {
  return kind === "index"
    ? `CREATE ${isUnique ? "UNIQUE " : ""}INDEX ${quoted(name)} ON ${place} ${body};`
    : `ALTER TABLE ${place} ADD CONSTRAINT ${quoted(name)} ${body};`;
}

/** Everything that an empty database needs, in order. Reads no database. */
export function createAll(schema: string, tables: readonly DeclaredTable[]): string[] {
  const ofKind = (kind: DeclaredRule["kind"]) =>
    tables.flatMap(({ name, rules }) =>
      rules.filter((rule) => rule.kind === kind).map((rule) => addRule(quoted(schema, name), rule)),
    );
  return [
    ...(schema === "public" ? [] : [`CREATE SCHEMA IF NOT EXISTS ${quoted(schema)};`]),
    ...tables.map((table) => createTable(quoted(schema, table.name), table)),
    ...ofKind("index"),
    ...ofKind("foreign_key"),
  ];
}
