import { type ColumnDefinition, columnOf, type Definitions } from "../declared/definitions.ts";
import { tableKey } from "./difference.ts";

type Sides = { readonly declared: Definitions; readonly found: Definitions };

/** By the letters of pg_class. */
const KINDS: Readonly<Record<string, string>> = {
  v: "a view",
  m: "a materialized view",
  f: "a foreign table",
};
/** More would hide what to do. */
const NAMED_MAX = 6;

/** Tells a table of ours from one that only has its name, in words, by its columns. */
export function describeDifference(table: string, { declared, found }: Sides): string {
  const kind = found.get(tableKey(table))?.text ?? "";
  if (KINDS[kind]) return `it is ${KINDS[kind]}`;
  const [wanted, standing] = [columnsOf(table, declared), columnsOf(table, found)];
  const lacking = [...wanted.keys()].filter((name) => !standing.has(name));
  const besides = [...standing.keys()].filter((name) => !wanted.has(name));
  const others = [...wanted].flatMap(([name, column]) => {
    const other = standing.get(name);
    return other ? changeOf(name, { column, other }) : [];
  });
  const parts = [
    ...(lacking.length > 0 ? [`it lacks ${listed(lacking)}`] : []),
    ...(others.length > 0 ? [listed(others)] : []),
    ...(besides.length > 0 ? [`it has ${listed(besides)} besides`] : []),
  ];
  return parts.join(", ") || "it has our columns, but none of our checks, keys and indexes";
}

type Columns = ReadonlyMap<string, ColumnDefinition>;

function columnsOf(table: string, definitions: Definitions): Columns {
  const columns = [...definitions.values()].filter(
    (definition) => definition.table === table && definition.kind === "column",
  );
  return new Map(columns.map((column) => [column.name, columnOf(column)]));
}

type Pair = { column: ColumnDefinition; other: ColumnDefinition };

function changeOf(name: string, { column, other }: Pair): string[] {
  if (column.type !== other.type) return [`${name} is ${other.type} and not ${column.type}`];
  if (column.isRequired !== other.isRequired) {
    return [other.isRequired ? `${name} may not be null` : `${name} may be null`];
  }
  const value = (text: string | null) => text ?? "none";
  if (column.default !== other.default) {
    return [`the default of ${name} is ${value(other.default)} and not ${value(column.default)}`];
  }
  return column.identity === other.identity ? [] : [`${name} is numbered in another way`];
}

function listed(parts: readonly string[]): string {
  const rest = parts.length - NAMED_MAX;
  const named = parts.slice(0, NAMED_MAX).join(", ");
  return rest > 0 ? `${named} and ${rest} more` : named;
}
