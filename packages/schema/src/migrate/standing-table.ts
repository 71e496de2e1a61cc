import { begin } from "../database/begin.ts";
import { PushError } from "../database/push-error.ts";
import { type Definition, keyOf, readDefinitions } from "../declared/definitions.ts";
import type { Run } from "./run.ts";

/**
 * Whether a table of ours stands already, as a push makes it.
 *
 * Throws PushError where a table of that name stands that is not as we declare it.
 */
export async function isTableStanding(
  { sql, target: { schema }, declared }: Pick<Run, "sql" | "target" | "declared">,
  table: string,
): Promise<boolean> {
  const found = await begin(sql, (tx) => readDefinitions(tx, schema, [table]));
  if (found.size === 0) return false;
  const differing = [...declared.values()].filter(
    (definition) =>
      definition.table === table && found.get(keyOf(definition))?.text !== definition.text,
  );
  if (differing.length === 0) return true;
  throw new PushError(
    `${schema}.${table} stands already and is not as declared: ${listed(differing)}. Nothing of it was touched. If a push made it, push again to bring it up to date; if it is somebody else's, rename it or bind the tables to another schema.`,
  );
}

const SHOWN_MAX = 5;

function listed(definitions: readonly Definition[]): string {
  const names = definitions.map(({ kind, name }) => `${kind.replace("_", " ")} ${name}`);
  const more = names.length - SHOWN_MAX;
  return [...names.slice(0, SHOWN_MAX), ...(more > 0 ? [`${more} more`] : [])].join(", ");
}
