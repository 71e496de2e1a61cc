import { type Definition, type Definitions, keyOf } from "./definitions.ts";
import { PushError } from "./push-error.ts";

type Sides = {
  readonly declared: Definitions;
  readonly found: Definitions;
  readonly ours: ReadonlyMap<string, unknown>;
};

/**
 * Throws where a table has the name of one of ours and is not: an app's own `users`, say.
 *
 * One that no push recorded counts as ours only if its columns are exactly those that we declare and
 * it bears a mark of ours: it came from a dump, from a migration, or from drizzle-kit.
 */
export function refuseStrangers(schema: string, { declared, found, ours }: Sides): void {
  const strangers = [...declared.values()]
    .filter((definition) => definition.kind === "table" && found.has(keyOf(definition)))
    .flatMap((table) => {
      const isTable = found.get(keyOf(table))?.text === "table";
      const isOurs = ours.has(keyOf(table)) || looksLikeOurs(table.name, declared, found);
      return isTable && isOurs ? [] : [`${schema}.${table.name}`];
    });
  if (strangers.length > 0) {
    throw new PushError(
      `Somebody else's ${strangers.join(", ")} stands where a table of ours goes. Nothing was done. Set DATABASE_SCHEMA to a schema without it, or rename it. If it is ours from a dump, restore postern_internal with it.`,
    );
  }
}

function looksLikeOurs(table: string, declared: Definitions, found: Definitions): boolean {
  const wanted = [...declared.values()].filter((definition) => definition.table === table);
  const columns = wanted.filter(({ kind }) => kind === "column");
  const standing = [...found.values()].filter(
    (other) => other.kind === "column" && other.table === table,
  );
  return (
    standing.length === columns.length &&
    columns.every((column) => found.get(keyOf(column))?.text === column.text) &&
    wanted.some((definition) => isMark(definition) && found.has(keyOf(definition)))
  );
}

/** A constraint or an index whose name we chose. That of a primary key is PostgreSQL's own. */
const isMark = ({ kind }: Definition) =>
  kind !== "table" && kind !== "column" && kind !== "primary_key";
