import { type Counters, reserveBudget, settleBudget } from "@postern/counters";
import type { Cost } from "../channels/channel.ts";
import type { Deps } from "../deps.ts";
import { countryCeiling } from "./budget-settings.ts";
import { priceOf } from "./prices.ts";
import { tellBudget } from "./tell-budget.ts";

export type CostlyText = Readonly<{
  deliveryId: string;
  provider: string;
  country: string;
  segments: number;
}>;

/** Money that is set aside for one text; null where it costs nothing. */
export type Hold = Readonly<{ day: string; currency: string; text: CostlyText }>;

type BudgetDeps = Pick<Deps, "db" | "tables" | "smsBudget" | "metrics" | "log" | "now"> & {
  readonly counters: Counters;
};

/**
 * Sets money aside before a text is sent. `used_up` where the day's budget of the currency, or the
 * country's part of it, does not reach, and where there is no budget in that currency.
 *
 * @throws CountersAwayError: nothing is sent on credit.
 */
export async function holdMoney(
  deps: BudgetDeps,
  text: CostlyText,
): Promise<Hold | null | "used_up"> {
  const { country, provider, segments, deliveryId } = text;
  const price = deps.smsBudget && priceOf(deps.smsBudget.prices, provider, country);
  if (price?.micros === 0) return null;
  if (!deps.smsBudget || !price) return "used_up";
  const { currency } = price;
  const day = utcDay(deps.now());
  const ceilingMicros = deps.smsBudget.ceilings.get(currency) ?? 0;
  const answer = await reserveBudget(
    deps.counters,
    { currency, day, ceilingMicros },
    {
      id: deliveryId,
      group: country,
      groupCeilingMicros: countryCeiling(deps.smsBudget, { country, currency }),
      price: { name: priceName(text), micros: price.micros },
      units: segments,
    },
  );
  const { level, isToTell, isReserved, spentMicros } = answer;
  if (level !== "group_used_up") deps.metrics.setSpent(currency, { spentMicros, ceilingMicros });
  if (isToTell && level) {
    await tellBudget(deps, { level, currency, day, country, spentMicros }).catch((error) =>
      deps.log.warn({ err: error }, "could not tell of the budget"),
    );
  }
  return isReserved ? { day, currency, text } : "used_up";
}

/**
 * Puts the real cost in the place of what was held; 0 where nothing was bought. A cost in another
 * currency, and a Redis that is away by now, leave the estimate standing: too much is safe.
 */
export async function settleMoney(
  { counters, log }: Pick<Deps, "counters" | "log">,
  { day, currency, text }: Hold,
  cost: Cost | 0,
): Promise<void> {
  if (!counters) return;
  const { deliveryId, provider, country, segments } = text;
  if (cost !== 0 && cost.currency !== currency) {
    log.warn({ provider, country, currency: cost.currency }, "a price in another currency");
    return;
  }
  try {
    await settleBudget(
      counters,
      { day, currency },
      {
        id: deliveryId,
        group: country,
        units: segments,
        priceName: priceName(text),
        costMicros: cost === 0 ? 0 : cost.micros,
      },
    );
  } catch (error) {
    log.warn({ err: error, deliveryId }, "could not settle a cost");
  }
}

const priceName = ({ provider, country }: CostlyText): string => `${provider}-${country}`;

/** `2026-11-21`. */
export const utcDay = (at: Date): string => at.toISOString().slice(0, "2026-11-21".length);
