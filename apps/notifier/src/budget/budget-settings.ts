import { type Static, Type } from "typebox";
import { readCost } from "../channels/read-cost.ts";
import type { SmsOrder } from "../channels/sms-order.ts";
import { type Prices, readPrices } from "./prices.ts";

/** The variables of what text messages may cost. */
export const budgetVariables = {
  SMS_BUDGET_PER_DAY: Type.Optional(
    Type.String({ description: "what text messages may cost in a day of UTC, KES 5000,USD 20" }),
  ),
  SMS_BUDGET_COUNTRY_SHARE: Type.Integer({
    minimum: 1,
    maximum: 100,
    default: 50,
    description: "1 to 100: the percentage of a budget that one country may take",
  }),
  SMS_PRICES: Type.String({ default: "", description: "of a segment, twilio/KE=USD 0.25" }),
};

const Variables = Type.Object(budgetVariables);
type Values = Static<typeof Variables>;

export type BudgetSettings = Readonly<{
  /** In millionths by currency, `KES`, and by country and currency, `KE:KES`. */
  ceilings: ReadonlyMap<string, number>;
  countrySharePercent: number;
  prices: Prices;
}>;

const ENTRY =
  /^(?<key>(?:(?<country>[A-Z]{2}):)?(?<currency>[A-Z]{3})) (?<amount>\d{1,9}(?:\.\d+)?)$/;

/** Null where nothing was set: then only what costs nothing is sent. */
export function readBudgetSettings(
  values: Values,
  countries: readonly string[],
): BudgetSettings | null {
  const ceilings = readCeilings(values.SMS_BUDGET_PER_DAY ?? "");
  const prices = readPrices(values.SMS_PRICES);
  if (!ceilings || !prices) return null;
  // Where texts go to one country alone there is nobody to keep a part for.
  const countrySharePercent = countries.length > 1 ? values.SMS_BUDGET_COUNTRY_SHARE : 100;
  return { ceilings, prices, countrySharePercent };
}

export function findBudgetFaults(
  { SMS_BUDGET_PER_DAY: budget, SMS_PRICES: prices = "" }: Partial<Values>,
  order: SmsOrder,
): string[] {
  const costing = [...new Set([...order.values()].flat())].filter((it) => it !== "inbox");
  return [
    ...(budget === undefined && costing.length > 0
      ? [`SMS_BUDGET_PER_DAY is missing: SMS_PROVIDERS names ${costing[0]}`]
      : []),
    ...(budget !== undefined && readCeilings(budget) === null
      ? ["SMS_BUDGET_PER_DAY is not a list such as KES 5000,USD 20,NG:USD 5"]
      : []),
    ...(readPrices(prices) === null
      ? ["SMS_PRICES is not a list such as twilio/KE=USD 0.25,webhook/*=KES 1"]
      : []),
  ];
}

/** Null where it is no such list, names a budget twice, or a country without a budget of its currency. */
function readCeilings(text: string): ReadonlyMap<string, number> | null {
  const ceilings = new Map<string, number>();
  const currencies = new Set<string>();
  const entries = text.split(",").filter((entry) => entry.trim() !== "");
  for (const entry of entries) {
    const { key = "", currency = "", amount = "" } = ENTRY.exec(entry.trim())?.groups ?? {};
    const ceiling = readCost(amount, currency);
    if (!ceiling || ceilings.has(key)) return null;
    ceilings.set(key, ceiling.micros);
    currencies.add(currency);
  }
  return [...currencies].every((currency) => ceilings.has(currency)) ? ceilings : null;
}

/** What a country may take of the budget of a currency. */
export function countryCeiling(
  { ceilings, countrySharePercent }: BudgetSettings,
  { country, currency }: Readonly<{ country: string; currency: string }>,
): number {
  const share = ((ceilings.get(currency) ?? 0) * countrySharePercent) / 100;
  return ceilings.get(`${country}:${currency}`) ?? Math.floor(share);
}
