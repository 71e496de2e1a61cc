import { is, sql } from "drizzle-orm";
import { getTableConfig, PgTable } from "drizzle-orm/pg-core";
import type { Deps } from "../deps.ts";

/** What the database lacks, by our names: `schema` lists tables, `privileges` what the role may not do. */
export type MissingParts = { schema: string[]; privileges: string[] };

type Lack = { name: string; is_missing: boolean; lacking: string | null };

/** The service only ever adds to its logs (SECURITY.md R-73). */
const APPEND_ONLY: ReadonlySet<string> = new Set([
  "login_attempts",
  "security_events",
  "session_audits",
]);
/** What a success clears, and what a pre-hijacked account loses when its owner claims it. */
const DELETED_FROM: ReadonlySet<string> = new Set([
  "account_recovery",
  "attempt_lanes",
  "oauth_connections",
  "two_factor_auth",
  "user_devices",
]);
const APPEND = "INSERT";
const CHANGE = "SELECT,INSERT,UPDATE";
const CHANGE_AND_DELETE = `${CHANGE},DELETE`;

/** Looks up every table of this binding and what its role may do with it, in one statement. */
export async function findMissing({
  db,
  tables,
}: Pick<Deps, "db" | "tables">): Promise<MissingParts> {
  const needs = Object.values(tables).flatMap((table) =>
    is(table, PgTable) ? [needOf(table)] : [],
  );
  const lacks = await db.execute<Lack>(sql`
    select need.name, found.oid is null as is_missing, (
      select string_agg(privilege || ' on ' || need.name, ',')
      from unnest(string_to_array(need.privileges, ',')) as privilege
      where not has_table_privilege(found.oid, privilege)
    ) as lacking
    from jsonb_to_recordset(${JSON.stringify(needs)}::jsonb)
      as need(name text, path text, privileges text),
    lateral (select to_regclass(need.path)::oid as oid) as found`);
  return {
    schema: lacks.filter((lack) => lack.is_missing).map(({ name }) => name),
    privileges: lacks.flatMap(({ lacking }) => lacking?.split(",") ?? []),
  };
}

function needOf(table: PgTable) {
  const { name, schema = "public" } = getTableConfig(table);
  return { name, path: `"${schema}"."${name}"`, privileges: privilegesOf(name) };
}

function privilegesOf(name: string): string {
  if (APPEND_ONLY.has(name)) {
    return APPEND;
  }
  return DELETED_FROM.has(name) ? CHANGE_AND_DELETE : CHANGE;
}
