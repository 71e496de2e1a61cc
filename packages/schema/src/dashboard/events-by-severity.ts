import { sql } from "drizzle-orm";
import type { AnyPgColumn, PgTable } from "drizzle-orm/pg-core";
import { type Database, query } from "../query.ts";
import type { severities } from "../tables/security-events.ts";
import { asMilliseconds } from "./as-milliseconds.ts";
import { since, type Window } from "./window.ts";

type SecurityEvents = PgTable & Readonly<Record<"severity" | "createdAt", AnyPgColumn>>;

export type SeverityCount = {
  readonly severity: (typeof severities)[number];
  readonly events: number;
  /** Null where there was none. */
  readonly lastAt: Date | null;
};

type Row = { severity: SeverityCount["severity"]; events: number; last_at: number | null };

/**
 * How many security events of each severity the last 24 hours had, unless said otherwise. Always
 * four rows, critical first.
 *
 * @throws RangeError for hours out of range.
 */
export async function eventsBySeverity(
  db: Database,
  { securityEvents: t }: { securityEvents: SecurityEvents },
  { hours = 24 }: Pick<Window, "hours"> = {},
): Promise<SeverityCount[]> {
  const rows = await query<Row>(
    db,
    sql`select known.severity::text as severity, counted.events, counted.last_at
      from (values (1, 'critical'), (2, 'high'), (3, 'medium'), (4, 'low')) as known (rank, severity)
      cross join lateral (
        select count(*)::int as events, ${asMilliseconds(sql`max(${t.createdAt})`)} as last_at
        from ${t} where ${t.severity} = known.severity and ${t.createdAt} >= ${since(hours)}
      ) as counted
      order by known.rank`,
  );
  return rows.map(({ severity, events, last_at }) => ({
    severity,
    events,
    lastAt: last_at === null ? null : new Date(last_at),
  }));
}
