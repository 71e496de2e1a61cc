import type { ColumnChange } from "./difference.ts";
import type { Snapshot } from "./kit.ts";

/** `adds` and `replaces` lose nothing; `loses` is done with --accept-data-loss only. */
export type Effect = "adds" | "replaces" | "loses";

export type Step = {
  readonly sql: string;
  readonly effect: Effect;
  /** In a few words, for a refusal. */
  readonly about: string;
};

export const quoted = (...names: string[]) =>
  names.map((name) => `"${name.replaceAll('"', '""')}"`).join(".");

/** What drizzle-kit may write for a snapshot that only grows. */
const ALLOWED = [
  /^CREATE SCHEMA "(?<schema>[^"]+)";?$/,
  /^CREATE TABLE (?:"(?<schema>[^"]+)"\.)?"(?<table>[^"]+)" \(/,
  /^CREATE (?:UNIQUE )?INDEX "[^"]+" ON (?:"(?<schema>[^"]+)"\.)?"(?<table>[^"]+)" /,
  /^ALTER TABLE (?:"(?<schema>[^"]+)"\.)?"(?<table>[^"]+)" ADD /,
  /^ALTER TABLE (?:"(?<schema>[^"]+)"\.)?"(?<table>[^"]+)" ALTER COLUMN "(?<column>[^"]+)" (?:SET|DROP|ADD) /,
];

type Place = { schema: string; wanted: Snapshot };

/**
 * A statement of drizzle-kit's as a step.
 *
 * Throws on a statement of a kind that we did not expect, or on a table that is not ours: another
 * version of the kit must not get through what this one does not do.
 */
export function statementStep(
  sql: string,
  { schema, wanted }: Place,
  retyped: readonly ColumnChange[],
): Step {
  const { groups } = ALLOWED.map((form) => form.exec(sql)).find((match) => match !== null) ?? {};
  const isOurs = Object.values(wanted.tables).some(({ name }) => name === groups?.table);
  const isAtHome = (groups?.schema ?? "public") === schema;
  if (!groups || !isAtHome || (groups.table && !isOurs)) {
    throw new Error(`drizzle-kit planned what a push does not do: ${sql}`);
  }
  const change = retyped.find(
    ({ table, column }) => table === groups.table && column === groups.column,
  );
  if (change && sql.includes(" SET DATA TYPE ")) {
    const about = `change ${change.table}.${change.column} from ${change.from} to ${change.to}`;
    return { sql, effect: isWidening(change) ? "replaces" : "loses", about };
  }
  return { sql, effect: groups.column ? "replaces" : "adds", about: sql };
}

/** Longer text needs no rewrite and loses nothing. */
function isWidening({ from, to }: ColumnChange): boolean {
  const length = (type: string) =>
    type === "text" ? Infinity : Number(/^character varying\((\d+)\)$/.exec(type)?.[1]);
  return length(from) <= length(to);
}
