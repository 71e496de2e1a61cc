import {
  type ColumnDefinition,
  columnOf,
  type Definition,
  type Definitions,
  keyOf,
} from "./definitions.ts";
import type { Snapshot, SnapshotColumn, SnapshotTable } from "./kit.ts";

export type ColumnChange = { table: string; column: string; from: string; to: string };

export type Difference = {
  /** What drizzle-kit is to take for granted: the part of the wanted that stands as it should. */
  readonly present: Snapshot;
  /** Constraints and indexes of ours that stand but say something else. */
  readonly outdated: readonly Definition[];
  /** Ours once, and not declared any more. */
  readonly retired: readonly Definition[];
  readonly retyped: readonly ColumnChange[];
};

export type Sides = {
  readonly wanted: Snapshot;
  readonly declared: Definitions;
  readonly found: Definitions;
  readonly ours: ReadonlyMap<string, Omit<Definition, "text">>;
};

/** What separates the database from the declaration, as far as it is ours. */
export function findDifference(sides: Sides): Difference {
  const { wanted, declared, found, ours } = sides;
  const isOutdated = (definition: Definition) => {
    const other = found.get(keyOf(definition));
    const isReplaceable = definition.kind !== "table" && definition.kind !== "column";
    return isReplaceable && other !== undefined && other.text !== definition.text;
  };
  const tables = Object.entries(wanted.tables).filter(([, { name }]) => found.has(tableKey(name)));
  return {
    present: {
      ...wanted,
      tables: Object.fromEntries(tables.map(([key, table]) => [key, asFound(table, sides)])),
    },
    outdated: [...declared.values()].filter(isOutdated),
    retired: [...ours.keys()]
      .filter((key) => !declared.has(key))
      .flatMap((key) => found.get(key) ?? []),
    retyped: [...declared.values()].flatMap((definition) => retyped(definition, found)),
  };
}

export const tableKey = (name: string) => keyOf({ kind: "table", table: name, name });

function retyped(definition: Definition, found: Definitions): ColumnChange[] {
  const other = found.get(keyOf(definition));
  if (definition.kind !== "column" || !other) return [];
  const { type: to } = columnOf(definition);
  const { type: from } = columnOf(other);
  return from === to ? [] : [{ table: definition.table, column: definition.name, from, to }];
}

/** A declared table as drizzle-kit would describe it if it looked at the database. */
function asFound(table: SnapshotTable, { declared, found }: Sides): SnapshotTable {
  const isSame = (kind: Definition["kind"], name: string) => {
    const key = keyOf({ kind, table: table.name, name });
    return declared.get(key)?.text === found.get(key)?.text;
  };
  const keep = <V>(kind: Definition["kind"], record: Record<string, V>) =>
    Object.fromEntries(Object.entries(record).filter(([name]) => isSame(kind, name)));
  const columns = Object.entries(table.columns).flatMap(([name, column]) => {
    const key = keyOf({ kind: "column", table: table.name, name });
    const [wanted, other] = [declared.get(key), found.get(key)];
    if (!wanted || !other) return [];
    const hasKey = !column.primaryKey || isSame("primary_key", `${table.name}_pkey`);
    return [
      [
        name,
        columnAsFound(
          { ...column, primaryKey: column.primaryKey && hasKey },
          columnOf(wanted),
          columnOf(other),
        ),
      ],
    ] as const;
  });
  return {
    ...table,
    columns: Object.fromEntries(columns),
    indexes: keep("index", table.indexes),
    foreignKeys: keep("foreign_key", table.foreignKeys),
    uniqueConstraints: keep("unique", table.uniqueConstraints),
    checkConstraints: keep("check", table.checkConstraints),
  };
}

function columnAsFound(
  column: SnapshotColumn,
  wanted: ColumnDefinition,
  found: ColumnDefinition,
): SnapshotColumn {
  const { default: _, identity, ...rest } = column;
  const value = wanted.default === found.default ? column.default : (found.default ?? undefined);
  return {
    ...rest,
    type: wanted.type === found.type ? column.type : found.type,
    notNull: found.isRequired,
    ...(value === undefined ? {} : { default: value }),
    ...(identity && wanted.identity === found.identity ? { identity } : {}),
  };
}
