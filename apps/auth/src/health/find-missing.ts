import { findMissingParts, type MissingParts } from "@postern/process";
import { is } from "drizzle-orm";
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

/** Looks up every table of this binding and what the service's role may do with it. */
export const findMissing = ({ db, tables }: Pick<Deps, "db" | "tables">): Promise<MissingParts> =>
  findMissingParts(
    db,
    Object.values(tables).flatMap((table) =>
      is(table, PgTable) ? [{ table, privileges: privilegesOf(getTableConfig(table).name) }] : [],
    ),
  );

function privilegesOf(name: string): string[] {
  if (APPEND_ONLY.has(name)) {
    return ["INSERT"];
  }
  return ["SELECT", "INSERT", "UPDATE", ...(DELETED_FROM.has(name) ? ["DELETE"] : [])];
}
