import type { Program } from "../database/program.ts";
import { PushError } from "../database/push-error.ts";
import { quoted } from "../database/quoted.ts";
import { type Definition, type Definitions, keyOf } from "../declared/definitions.ts";
import { describeDifference } from "./describe-difference.ts";
import { isRule, type Sides } from "./difference.ts";

type Place = { readonly schema: string };

/**
 * Throws where a table has the name of one of ours and is not: an app's own `users`, say.
 *
 * One that no push recorded counts as ours only if its columns are exactly those that we declare
 * and it bears a mark of ours: it came from a dump, from a migration, or from drizzle-kit.
 */
export function refuseStrangers(sides: Sides & Place, program: Program): void {
  const { schema, declared, found, ours } = sides;
  const strangers = [...declared.values()]
    .filter((definition) => definition.kind === "table" && found.has(keyOf(definition)))
    .flatMap((table) => {
      const isTable = found.get(keyOf(table))?.text === "table";
      const isOurs = ours.has(keyOf(table)) || looksLikeOurs(table.name, declared, found);
      return isTable && isOurs ? [] : [table.name];
    });
  const [first] = strangers;
  if (first === undefined) return;
  const told = strangers.map(
    (table) => `${schema}.${table} is not ours: ${describeDifference(table, { declared, found })}.`,
  );
  const elsewhere =
    program === "pnpm db:push"
      ? "set DATABASE_SCHEMA to a schema without it"
      : "bind ours to another schema: createSecuritySchema({ schema })";
  throw new PushError(
    `${told.join(" ")} Nothing was done. Rename it (ALTER TABLE ${quoted(schema, first)} RENAME TO ${quoted(`old_${first}`)};), or ${elsewhere}. If it is ours from a dump, restore postern_internal with it.`,
  );
}

/**
 * What a push made, without the tables that went and whose name another took: nothing of ours is on
 * it.
 */
export function stillOurs({ found, ours }: Omit<Sides, "declared">): Sides["ours"] {
  const marks = [...ours.values()].filter(isMark);
  const standing = new Set(
    marks.filter((mark) => found.has(keyOf(mark))).map(({ table }) => table),
  );
  const lost = new Set(marks.map(({ table }) => table).filter((table) => !standing.has(table)));
  return new Map([...ours].filter(([, { table }]) => !lost.has(table)));
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
const isMark = ({ kind }: Pick<Definition, "kind">) => isRule({ kind }) && kind !== "primary_key";

/** Throws where a table that an earlier push made is not declared any more. */
export function refuseUnexported({ schema, declared, found, ours }: Sides & Place): void {
  const tables = [...ours.keys()]
    .filter((key) => !declared.has(key))
    .flatMap((key) => found.get(key) ?? [])
    .filter(({ kind }) => kind === "table")
    .map(({ name }) => name);
  if (tables.length === 0) return;
  const named = tables.map((table) => `${schema}.${table}`).join(", ");
  const drops = tables.map((table) => `DROP TABLE ${quoted(schema, table)};`).join(" ");
  throw new PushError(
    `${named} came by an earlier push and ${tables.length > 1 ? "are" : "is"} not declared any more. A push never drops a table of ours, so nothing was done. Export it again; or, once its rows are backed up, run by hand: ${drops}`,
  );
}
