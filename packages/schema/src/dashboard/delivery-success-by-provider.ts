import { type SQL, sql } from "drizzle-orm";
import type { AnyPgColumn, PgTable } from "drizzle-orm/pg-core";
import { type Database, query } from "../query.ts";
import { since, type Window } from "./window.ts";

type DeliveryLog = PgTable & Readonly<Record<"provider" | "status" | "createdAt", AnyPgColumn>>;

export type DeliverySuccess = {
  readonly channel: "email" | "sms";
  readonly provider: string;
  readonly messages: number;
  /** Taken by the provider and not refused later. Providers of email seldom tell of more. */
  readonly sent: number;
  /** Those of `sent` whose arrival was confirmed. */
  readonly delivered: number;
  /** Refused, bounced or not deliverable. */
  readonly failed: number;
  /** `sent` of `sent` and `failed`, from 0 to 1; null while there is neither. */
  readonly successRate: number | null;
};

type Row = Omit<DeliverySuccess, "successRate">;

/**
 * How well each provider delivers what was asked for in the last 24 hours, unless said otherwise.
 * Give both logs or one. What never reached a provider (expired, suppressed) is not in it.
 *
 * @throws RangeError for hours out of range.
 */
export async function deliverySuccessByProvider(
  db: Database,
  logs: { emailDeliveryLog?: DeliveryLog; smsDeliveryLog?: DeliveryLog },
  { hours = 24 }: Pick<Window, "hours"> = {},
): Promise<DeliverySuccess[]> {
  const parts = [
    ...(logs.emailDeliveryLog ? [countByProvider("email", logs.emailDeliveryLog, hours)] : []),
    ...(logs.smsDeliveryLog ? [countByProvider("sms", logs.smsDeliveryLog, hours)] : []),
  ];
  if (parts.length === 0) return [];
  const counts = sql.join(parts, sql` union all `);
  const rows = await query<Row>(db, sql`${counts} order by channel, messages desc, provider`);
  return rows.map((row) => ({
    channel: row.channel,
    provider: row.provider,
    messages: row.messages,
    sent: row.sent,
    delivered: row.delivered,
    failed: row.failed,
    successRate: row.sent + row.failed === 0 ? null : row.sent / (row.sent + row.failed),
  }));
}

/** A complaint is about a message that arrived. */
const countByProvider = (channel: DeliverySuccess["channel"], t: DeliveryLog, hours: number): SQL =>
  sql`select ${channel}::text as channel, ${t.provider}::text as provider, count(*)::int as messages,
      count(*) filter (where ${t.status} in ('sent', 'delivered', 'complained'))::int as sent,
      count(*) filter (where ${t.status} in ('delivered', 'complained'))::int as delivered,
      count(*) filter (where ${t.status} in ('failed', 'bounced', 'undelivered'))::int as failed
    from ${t}
    where ${t.createdAt} >= ${since(hours)} and ${t.provider} is not null
    group by ${t.provider}`;
