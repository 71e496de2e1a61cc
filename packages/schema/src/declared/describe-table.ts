import { is, SQL } from "drizzle-orm";
import {
  type Check,
  type ForeignKey,
  getTableConfig,
  type Index,
  type PgColumn,
  PgDialect,
  type PgTable,
} from "drizzle-orm/pg-core";
import { literal } from "../database/literal.ts";
import { quoted } from "../database/quoted.ts";
import type { DeclaredColumn, DeclaredRule, DeclaredTable } from "./declared-table.ts";

/** The letters of pg_constraint. */
const ACTIONS: Readonly<Record<string, string>> = {
  "no action": "a",
  restrict: "r",
  cascade: "c",
  "set null": "n",
  "set default": "d",
};

const dialect = new PgDialect();

/**
 * A table of ours in SQL, from what Drizzle says of it in public, on either major.
 *
 * Throws on what no table of ours uses, so that it cannot go missing unseen.
 */
export function describeTable(table: PgTable): DeclaredTable {
  const config = getTableConfig(table);
  const { name, columns, primaryKeys, uniqueConstraints } = config;
  if (primaryKeys.length > 0 || uniqueConstraints.length > 0) {
    throw new Error(`${name} needs uniqueIndex() instead of unique(), and a key of one column.`);
  }
  return {
    schema: config.schema ?? "public",
    name,
    columns: columns.map(describeColumn),
    rules: [
      ...columns.filter(({ primary }) => primary).map((key) => describeKey(name, key)),
      ...config.checks.map(describeCheck),
      ...config.indexes.map(describeIndex),
      ...config.foreignKeys.map(describeForeignKey),
    ],
  };
}

function describeColumn(column: PgColumn): DeclaredColumn {
  const { name, notNull, primary, default: value, generatedIdentity } = column;
  const letter = generatedIdentity?.type === "always" ? "a" : "d";
  return {
    name,
    type: typeOf(column),
    isRequired: notNull || primary,
    default: value === undefined ? null : defaultOf(value),
    identity: generatedIdentity ? letter : "",
  };
}

/** The next major of Drizzle keeps the dimensions of an array apart. */
function typeOf(column: PgColumn): string {
  const { dimensions = 0 } = column as { dimensions?: number };
  const type = column.getSQLType();
  return type.endsWith("]") ? type : `${type}${"[]".repeat(dimensions)}`;
}

function defaultOf(value: unknown): string {
  if (is(value, SQL)) return render(value);
  if (typeof value !== "string" && typeof value !== "object") return String(value);
  return literal(typeof value === "string" ? value : JSON.stringify(value));
}

/** "indexes" lets Drizzle name columns alone, which then mean those of any table. */
const render = (value: SQL) => dialect.sqlToQuery(value.inlineParams(), "indexes").sql;

const listOf = (columns: readonly PgColumn[]) => columns.map(({ name }) => quoted(name)).join(", ");

function rule(kind: DeclaredRule["kind"], name: string, body: string): DeclaredRule {
  return { kind, name, body, isUnique: false, text: "" };
}

const describeKey = (table: string, column: PgColumn) =>
  rule("primary_key", `${table}_pkey`, `PRIMARY KEY (${listOf([column])})`);

const describeCheck = ({ name, value }: Check) => rule("check", name, `CHECK (${render(value)})`);

function describeIndex({ config }: Index): DeclaredRule {
  const { name = "", unique, method = "btree", where, columns } = config;
  const parts = columns.map((part) => describePart(part, method)).join(", ");
  const condition = where ? ` WHERE ${render(where)}` : "";
  return {
    ...rule("index", name, `USING ${method} (${parts})${condition}`),
    isUnique: unique,
  };
}

type IndexPart = Index["config"]["columns"][number];

/** Nulls go where Drizzle says, which is last in either order. */
function describePart(part: IndexPart, method: string): string {
  if (is(part, SQL)) return `(${render(part)})`;
  const { name = "", indexConfig = {} } = part as Exclude<IndexPart, SQL> & {
    name?: string;
    indexConfig?: { order?: string; nulls?: string; opClass?: string };
  };
  const { order, nulls, opClass } = indexConfig;
  const isPlain = method !== "btree" || (order !== "desc" && nulls !== "first");
  const direction = isPlain ? "" : ` ${order === "desc" ? "DESC" : "ASC"} NULLS ${nulls}`;
  return `${quoted(name)}${opClass ? ` ${opClass}` : ""}${direction.toUpperCase()}`;
}

function describeForeignKey(key: ForeignKey): DeclaredRule {
  const { columns, foreignTable, foreignColumns } = key.reference();
  const { schema = "public", name } = getTableConfig(foreignTable);
  const { onDelete = "no action", onUpdate = "no action" } = key;
  const target = `${quoted(schema, name)} (${listOf(foreignColumns)})`;
  const actions = `ON DELETE ${onDelete} ON UPDATE ${onUpdate}`.toUpperCase();
  const names = (parts: readonly PgColumn[]) => parts.map((part) => part.name).join(",");
  return {
    ...rule(
      "foreign_key",
      key.getName(),
      `FOREIGN KEY (${listOf(columns)}) REFERENCES ${target} ${actions}`,
    ),
    // In the form that readDefinitions() gives.
    text: `${names(columns)} -> ${schema}.${name}.${names(foreignColumns)} ${ACTIONS[onDelete]}${ACTIONS[onUpdate]}`,
  };
}
