import { begin } from "../database/begin.ts";
import { PushError } from "../database/push-error.ts";
import {
  type Definition,
  type Definitions,
  keyOf,
  readDefinitions,
} from "../declared/definitions.ts";
import type { Run } from "./run.ts";

type StandingRun = Pick<Run, "sql" | "target" | "declared">;

/**
 * Whether a table of ours stands already, as a push makes it, or as its own migration does: what a
 * later one adds or changes is looked at there.
 *
 * Throws PushError where a table of that name stands that is not as we declare it.
 */
export async function isTableStanding(
  { sql, target: { schema }, declared, migrations }: StandingRun & Pick<Run, "migrations">,
  table: string,
): Promise<boolean> {
  const found = await begin(sql, (tx) => readDefinitions(tx, schema, [table]));
  if (found.size === 0) return false;
  const later = migrations.filter(({ alters }) => alters.includes(table));
  const differing = differingFrom(found, declared, [table]).filter(
    ({ name }) => !later.some((migration) => migration.sql.includes(name)),
  );
  if (differing.length === 0) return true;
  throw new PushError(
    `${schema}.${table} stands already and is not as declared: ${listed(differing)}. Nothing of it was touched. If a push made it, push again to bring it up to date; if it is somebody else's, rename it or bind the tables to another schema.`,
  );
}

/** Whether those of the tables that are declared stand as they are declared. */
export async function areAsDeclared(
  { sql, target: { schema }, declared }: StandingRun,
  tables: readonly string[],
): Promise<boolean> {
  const found = await begin(sql, (tx) => readDefinitions(tx, schema, tables));
  return differingFrom(found, declared, tables).length === 0;
}

const differingFrom = (
  found: Definitions,
  declared: Definitions,
  tables: readonly string[],
): Definition[] =>
  [...declared.values()].filter(
    (definition) =>
      tables.includes(definition.table) && found.get(keyOf(definition))?.text !== definition.text,
  );

const SHOWN_MAX = 5;

function listed(definitions: readonly Definition[]): string {
  const names = definitions.map(({ kind, name }) => `${kind.replace("_", " ")} ${name}`);
  const more = names.length - SHOWN_MAX;
  return [...names.slice(0, SHOWN_MAX), ...(more > 0 ? [`${more} more`] : [])].join(", ");
}
