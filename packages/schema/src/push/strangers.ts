import { columnOf, type Definition, type Definitions, keyOf } from "./definitions.ts";
import { PushError } from "./push-error.ts";

type Sides = {
  readonly declared: Definitions;
  readonly found: Definitions;
  readonly ours: ReadonlyMap<string, unknown>;
};

/**
 * Throws where a table has the name of one of ours and is not: an app's own `users`, say.
 *
 * One that no push recorded counts as ours if it has every column that we declare, in its type: it
 * came from a dump, from a migration, or from drizzle-kit.
 */
export function refuseStrangers(schema: string, { declared, found, ours }: Sides): void {
  const strangers = [...declared.values()]
    .filter((definition) => definition.kind === "table" && found.has(keyOf(definition)))
    .flatMap((table) => {
      const columns = [...declared.values()].filter(
        (other) => other.kind === "column" && other.table === table.table,
      );
      const isTable = found.get(keyOf(table))?.text === "table";
      const isOurs = ours.has(keyOf(table)) || columns.every((column) => fits(column, found));
      return isTable && isOurs ? [] : [`${schema}.${table.name}`];
    });
  if (strangers.length > 0) {
    throw new PushError(
      `Somebody else's ${strangers.join(", ")} stands where a table of ours goes. Nothing was done. Set DATABASE_SCHEMA to a schema without it, or rename it.`,
    );
  }
}

function fits(column: Definition, found: Definitions): boolean {
  const other = found.get(keyOf(column));
  return other !== undefined && columnOf(other).type === columnOf(column).type;
}
