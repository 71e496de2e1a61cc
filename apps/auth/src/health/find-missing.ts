import { findMissingParts, type MissingParts } from "@postern/process";
import type { UsersPlace } from "@postern/schema";
import { is, type SQL, sql } from "drizzle-orm";
import { getTableConfig, PgTable } from "drizzle-orm/pg-core";
import type { Deps } from "../deps.ts";

/** The service only ever adds to its logs. */
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

type Asked = Pick<Deps, "db" | "tables" | "usersPlace">;

/**
 * Looks up every table of this binding, what the service's role may do with it, and the index that
 * keeps an email to one account.
 */
export async function findMissing({ db, tables, usersPlace }: Asked): Promise<MissingParts> {
  const missing = await findMissingParts(
    db,
    Object.values(tables).flatMap((table) =>
      is(table, PgTable) ? [{ table, privileges: privilegesOf(getTableConfig(table).name) }] : [],
    ),
  );
  const { schema, table, email } = usersPlace;
  const [found] = await db.execute<{ is_there: boolean }>(findEmailIndex(usersPlace));
  return found?.is_there
    ? missing
    : {
        ...missing,
        schema: [...(missing.schema ?? []), `unique index on ${schema}.${table} (lower(${email}))`],
      };
}

/** What a sign-up's ON CONFLICT names: over all rows, on that expression alone, and usable. */
const findEmailIndex = ({ schema, table, email }: UsersPlace): SQL => sql`
  select exists (
    select from pg_index i
    where i.indrelid = to_regclass(quote_ident(${schema}) || '.' || quote_ident(${table}))
      and i.indisunique and i.indisvalid and i.indpred is null and i.indnkeyatts = 1
      and pg_get_indexdef(i.indexrelid, 1, false) in (
        'lower(' || quote_ident(${email}) || ')', 'lower((' || quote_ident(${email}) || ')::text)')
  ) as is_there`;

function privilegesOf(name: string): string[] {
  if (APPEND_ONLY.has(name)) {
    return ["INSERT"];
  }
  return ["SELECT", "INSERT", "UPDATE", ...(DELETED_FROM.has(name) ? ["DELETE"] : [])];
}
