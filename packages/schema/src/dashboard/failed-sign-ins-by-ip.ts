import { sql } from "drizzle-orm";
import type { AnyPgColumn, PgTable } from "drizzle-orm/pg-core";
import { type Database, query } from "../query.ts";
import { isFailedAttempt } from "../tables/login-attempts.ts";
import { asMilliseconds } from "./as-milliseconds.ts";
import { checkLimit, since, type Window } from "./window.ts";

type LoginAttempts = PgTable &
  Readonly<Record<"attemptResult" | "ipAddress" | "identifierIndex" | "createdAt", AnyPgColumn>>;

export type FailedSignIns = {
  readonly ipAddress: string;
  readonly failures: number;
  /** How many identifiers were tried, with or without an account: many of them are a spray. */
  readonly identifiers: number;
  readonly lastAt: Date;
};

type Row = { ip_address: string; failures: number; identifiers: number; last_at: number };

/**
 * The addresses with the most failed sign-ins, the worst first: the last 24 hours and 50 addresses,
 * unless said otherwise. Names no account and no identifier.
 *
 * @throws RangeError for hours or a limit out of range.
 */
export async function failedSignInsByIp(
  db: Database,
  { loginAttempts: t }: { loginAttempts: LoginAttempts },
  { hours = 24, limit = 50 }: Window = {},
): Promise<FailedSignIns[]> {
  const rows = await query<Row>(
    db,
    sql`select host(${t.ipAddress}) as ip_address, count(*)::int as failures,
        count(distinct ${t.identifierIndex})::int as identifiers,
        ${asMilliseconds(sql`max(${t.createdAt})`)} as last_at
      from ${t}
      where ${t.createdAt} >= ${since(hours)} and ${isFailedAttempt(t.attemptResult)}
        and ${t.ipAddress} is not null
      group by ${t.ipAddress}
      order by 2 desc, 4 desc
      limit ${checkLimit(limit)}`,
  );
  return rows.map((row) => ({
    ipAddress: row.ip_address,
    failures: row.failures,
    identifiers: row.identifiers,
    lastAt: new Date(row.last_at),
  }));
}
