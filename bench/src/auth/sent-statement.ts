import { readFile } from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";
import type { Sql } from "postgres";
import { BenchError } from "../bench-error.ts";

/** A statement as PostgreSQL received it. */
export type SentStatement = {
  readonly sql: string;
  /** By their numbers, `$1` first. */
  readonly parameters: readonly (string | null)[];
};

const SETTLE_MILLISECONDS = 300;

/**
 * What the service sends while something is asked of it: the one statement that has these words in
 * it, from the log of PostgreSQL, so that what is compared is what runs.
 */
export async function readSentStatement(
  { sql, logFile }: { sql: Sql; logFile: string },
  words: string,
  ask: () => Promise<unknown>,
): Promise<SentStatement> {
  await sql`alter system set log_statement = 'all'`;
  await sql`select pg_reload_conf()`;
  await sleep(SETTLE_MILLISECONDS);
  await ask();
  await sql`alter system reset log_statement`;
  await sql`select pg_reload_conf()`;
  await sleep(SETTLE_MILLISECONDS);
  const entries = (await readFile(logFile, "utf8")).split(/^(?=\d{4}-\d\d-\d\d )/m);
  const at = entries.findLastIndex((entry) => / execute /.test(entry) && entry.includes(words));
  const statement = /LOG: {2}execute [^:]*: (.*)/s.exec(entries[at] ?? "")?.[1];
  const detail = /DETAIL: {2}Parameters: (.*)/s.exec(entries[at + 1] ?? "")?.[1];
  if (!statement || !detail) throw new BenchError(`No statement with "${words}" was logged.`);
  const parameters = [...detail.matchAll(/\$\d+ = (NULL|'(?:[^']|'')*')/g)].map(([, value = ""]) =>
    value === "NULL" ? null : value.slice(1, -1).replaceAll("''", "'"),
  );
  return { sql: statement.replaceAll("\n\t", "\n").trim(), parameters };
}
