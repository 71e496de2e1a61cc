import { type SQL, sql } from "drizzle-orm";
import type { AnyPgColumn, PgTable } from "drizzle-orm/pg-core";
import { type Database, query } from "../query.ts";

type SmsDeliveryLog = PgTable &
  Readonly<Record<"country" | "currency" | "costMicros" | "createdAt", AnyPgColumn>>;

export type SmsCost = {
  /** `2026-11`, in UTC. */
  readonly month: string;
  readonly country: string;
  readonly currency: string;
  /** Those that a provider has named a price for. */
  readonly messages: number;
  /**
   * Whole millionths of `currency`. A number, as in the table: exact up to nine thousand million
   * units.
   */
  readonly costMicros: number;
};

type Row = {
  month: string;
  country: string;
  currency: string;
  messages: number;
  cost_micros: string;
};

type Kind = Pick<Row, "country" | "currency">;

const MONTH = /^\d{4}-(0[1-9]|1[0-2])$/;

/**
 * What the text messages asked for in a month cost, by country and currency, the dearest first. The
 * running month (UTC) unless one is named. Currencies are never added up.
 *
 * @throws RangeError where the month is not of the form `2026-11`, or a sum is past what a number
 *   holds exactly.
 */
export async function smsCostByMonthAndCountry(
  db: Database,
  { smsDeliveryLog: t }: { smsDeliveryLog: SmsDeliveryLog },
  { month }: { month?: string } = {},
): Promise<SmsCost[]> {
  if (month !== undefined && !MONTH.test(month)) {
    throw new RangeError("A month is of the form 2026-11.");
  }
  const kinds = await query<Kind>(db, kindsIn(t));
  if (kinds.length === 0) return [];
  const start = month
    ? sql`${`${month}-01T00:00:00Z`}::timestamptz`
    : sql`date_trunc('month', now(), 'UTC')`;
  const rows = await query<Row>(db, costsSince(start, kinds, t));
  return rows.map(({ month, country, currency, messages, cost_micros }) => ({
    month,
    country,
    currency,
    messages,
    costMicros: exactly(cost_micros),
  }));
}

/** Each country and currency that has a cost: from one to the next in the index, a step each. */
const kindsIn = (t: SmsDeliveryLog) => {
  const kind = sql`select ${t.country}::text as country, ${t.currency}::text as currency from ${t}
    where ${t.costMicros} is not null`;
  return sql`with recursive kinds as (
      (${kind} order by ${t.country}, ${t.currency} limit 1)
      union all
      select next.country, next.currency from kinds cross join lateral (
        ${kind} and (${t.country}, ${t.currency}) > (kinds.country, kinds.currency)
        order by ${t.country}, ${t.currency} limit 1
      ) as next
    )
    select country, currency from kinds`;
};

/**
 * A sum for each kind, along the index. Grouping all rows of a month took twice as long; in one
 * statement with the kinds, the planner guesses a hundred of them and compiles for what is not
 * there.
 */
function costsSince(start: SQL, kinds: readonly Kind[], t: SmsDeliveryLog): SQL {
  const values = kinds.map((kind) => sql`(${kind.country}::text, ${kind.currency}::text)`);
  return sql`select to_char(${start} at time zone 'UTC', 'YYYY-MM') as month, kind.country,
      kind.currency, cost.messages, cost.micros::text as cost_micros
    from (values ${sql.join(values, sql`, `)}) as kind (country, currency)
    cross join lateral (
      select count(*)::int as messages, sum(${t.costMicros}) as micros from ${t}
      where ${t.country} = kind.country and ${t.currency} = kind.currency
        and ${t.createdAt} >= ${start}
        and ${t.createdAt} < (${start} at time zone 'UTC' + interval '1 month') at time zone 'UTC'
        and ${t.costMicros} is not null
    ) as cost
    where cost.messages > 0
    order by cost.micros desc, 2, 3`;
}

function exactly(micros: string): number {
  const sum = Number(micros);
  if (!Number.isSafeInteger(sum)) throw new RangeError("The sum of the costs is past 2^53.");
  return sum;
}
