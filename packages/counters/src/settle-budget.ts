import { budgetKeys } from "./budget-keys.ts";
import type { Counters } from "./connection.ts";
import { requireLabel } from "./digest.ts";
import type { Budget, BudgetLevel, Reservation } from "./reserve-budget.ts";
import { defineScript } from "./script.ts";

/** A price that was not paid for so long says nothing any more. */
const PRICE_MS = 30 * 86_400_000;
/** Longer than a day's ledger is kept. */
const TOLD_MS = 3 * 86_400_000;

// KEYS: the day's ledger, what is held for whom, the prices last paid.
const SETTLE = defineScript(`
  local id, group, price = ARGV[2], ARGV[3], ARGV[4]
  local cost, units = tonumber(ARGV[5]), tonumber(ARGV[6])
  local held = redis.call("HGET", KEYS[2], id)
  if not held then return { 0 } end
  redis.call("HDEL", KEYS[2], id)
  redis.call("HINCRBY", KEYS[1], "spent", cost - held)
  redis.call("HINCRBY", KEYS[1], "spent:" .. group, cost - held)
  if cost > 0 then
    redis.call("HSET", KEYS[3], price, math.ceil(cost / units))
    redis.call("PEXPIRE", KEYS[3], ${PRICE_MS})
  end
  return { 1 }
`);

const NOTE_TOLD = defineScript(`
  if redis.call("EXISTS", KEYS[1]) == 1 then
    redis.call("HSET", KEYS[1], "told:" .. ARGV[2] .. "_until", now + ${TOLD_MS})
  end
  return {}
`);

type Settled = Pick<Reservation, "id" | "group" | "units"> & {
  readonly priceName: string;
  /** What it really cost; 0 where it was not bought at all. */
  readonly costMicros: number;
};

/**
 * Puts the real cost in the place of what was reserved, once: false where nothing is held for that id,
 * and then nothing changed. The next reservations are made at the price that was paid, if it is
 * higher than the estimate.
 */
export async function settleBudget(
  counters: Counters,
  day: Pick<Budget, "currency" | "day">,
  { id, group, units, priceName, costMicros }: Settled,
): Promise<boolean> {
  const [isSettled] = await counters.decide(SETTLE, {
    keys: budgetKeys(counters, day),
    args: [
      requireLabel(id, "id"),
      requireLabel(group, "group"),
      requireLabel(priceName, "price"),
      costMicros,
      Math.max(units, 1),
    ],
  });
  return isSettled === 1;
}

type Told = Pick<Budget, "currency" | "day"> &
  Readonly<{ level: BudgetLevel; group: Reservation["group"] }>;

/** The level was told: nobody is asked to tell it again that day. */
export async function noteBudgetTold(counters: Counters, told: Told): Promise<void> {
  const { level, group } = told;
  const name = level === "group_used_up" ? `${level}:${requireLabel(group, "group")}` : level;
  await counters.decide(NOTE_TOLD, { keys: budgetKeys(counters, told), args: [name] });
}
