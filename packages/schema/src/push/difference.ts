import { columnOf, type Definition, type Definitions, keyOf } from "../declared/definitions.ts";

type ColumnChange = { table: string; column: string; from: string; to: string };

export type Difference = {
  /** Constraints and indexes of ours that stand but say something else. */
  readonly outdated: readonly Definition[];
  /** Ours once, and not declared any more. */
  readonly retired: readonly Definition[];
  readonly retyped: readonly ColumnChange[];
};

export type Sides = {
  readonly declared: Definitions;
  readonly found: Definitions;
  readonly ours: ReadonlyMap<string, Omit<Definition, "text">>;
};

/** What separates the database from the declaration, as far as it is ours. */
export function findDifference({ declared, found, ours }: Sides): Difference {
  const isOutdated = (definition: Definition) => {
    const other = found.get(keyOf(definition));
    return isRule(definition) && other !== undefined && other.text !== definition.text;
  };
  return {
    outdated: [...declared.values()].filter(isOutdated),
    retired: [...ours.keys()]
      .filter((key) => !declared.has(key))
      .flatMap((key) => found.get(key) ?? []),
    retyped: [...declared.values()].flatMap((definition) => retyped(definition, found)),
  };
}

export const tableKey = (name: string) => keyOf({ kind: "table", table: name, name });

/** A constraint or an index: it holds no data. */
export const isRule = ({ kind }: Pick<Definition, "kind">) => kind !== "table" && kind !== "column";

function retyped(definition: Definition, found: Definitions): ColumnChange[] {
  const other = found.get(keyOf(definition));
  if (definition.kind !== "column" || !other) return [];
  const { type: to } = columnOf(definition);
  const { type: from } = columnOf(other);
  return from === to ? [] : [{ table: definition.table, column: definition.name, from, to }];
}
