import { type BudgetLevel, type Counters, noteBudgetTold } from "@postern/counters";
import { sql } from "drizzle-orm";
import type { Deps } from "../deps.ts";
import { statement } from "../statement.ts";

const EVENT_TYPES = {
  almost_used_up: "sms_budget_almost_used_up",
  used_up: "sms_budget_used_up",
  group_used_up: "sms_country_budget_used_up",
} as const satisfies Record<BudgetLevel, string>;

const INSERT = statement(
  ({ securityEvents: events }) => sql`
    insert into ${events} (event_type, severity, metadata)
    values (${sql.placeholder("type")}, 'critical', ${sql.placeholder("metadata")}::text::jsonb)`,
);

export type BudgetNews = Readonly<{
  level: BudgetLevel;
  currency: string;
  day: string;
  country: string;
  spentMicros: number;
}>;

/**
 * Writes the event that operators are alerted by: 80 % of the day's money, all of it, or all of a
 * country's part. The counters ask again until it is written.
 */
export async function tellBudget(
  deps: Pick<Deps, "db" | "tables"> & { counters: Counters },
  { level, currency, day, country, spentMicros }: BudgetNews,
): Promise<void> {
  const ofCountry = level === "group_used_up" ? { country } : {};
  const metadata = JSON.stringify({ currency, day, spent_micros: spentMicros, ...ofCountry });
  await INSERT(deps, { type: EVENT_TYPES[level], metadata });
  await noteBudgetTold(deps.counters, { level, currency, day, group: country });
}
