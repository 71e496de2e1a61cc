import { budgetKeys } from "./budget-keys.ts";
import type { Counters } from "./connection.ts";
import { requireLabel } from "./digest.ts";
import { defineScript } from "./script.ts";

const ALMOST_PERCENT = 80;
/** Of whoever tells: who has not said so by then has died, and the next one tells. */
const TELLING_MS = 10_000;

// Two days: what is settled late still finds its day.
const KEPT_MS = 2 * 86_400_000;

// KEYS: the day's ledger, what is held for whom, the prices last paid. Amounts are whole and stay
// below 2^53, where Lua's numbers are exact.
const RESERVE = defineScript(`
  local id, group, price = ARGV[2], ARGV[3], ARGV[4]
  local estimate, units = tonumber(ARGV[5]), tonumber(ARGV[6])
  local ceiling, groupMax = tonumber(ARGV[7]), tonumber(ARGV[8])
  local function figure(key, field) return tonumber(redis.call("HGET", key, field) or 0) end
  local function keep(key) redis.call("PEXPIRE", key, ${KEPT_MS}) end

  -- One at a time is asked to tell, until somebody said that it was told.
  local function toTell(level)
    local field = "told:" .. level .. "_until"
    if now < figure(KEYS[1], field) then return 0 end
    redis.call("HSET", KEYS[1], field, now + ${TELLING_MS})
    keep(KEYS[1])
    return 1
  end

  local amount = math.max(estimate, figure(KEYS[3], price)) * units
  local spent = figure(KEYS[1], "spent") + amount
  local ofGroup = figure(KEYS[1], "spent:" .. group) + amount
  if spent > ceiling then return { "used_up", toTell("used_up"), spent - amount } end
  if ofGroup > groupMax then
    return { "group_used_up", toTell("group_used_up:" .. group), ofGroup - amount }
  end
  redis.call("HSET", KEYS[1], "spent", spent, "spent:" .. group, ofGroup)
  redis.call("HINCRBY", KEYS[2], id, amount)
  keep(KEYS[1])
  keep(KEYS[2])
  if spent * 100 < ceiling * ${ALMOST_PERCENT} then return { "reserved", 0, spent } end
  return { "reserved", toTell("almost_used_up"), spent }
`);

/** Money for one day, in millionths of one currency. */
export type Budget = Readonly<{
  /** ISO 4217. */
  currency: string;
  /** `2026-11-21`, of UTC. */
  day: string;
  ceilingMicros: number;
}>;

export type Reservation = Readonly<{
  /** What it is for. Reserving for the same again adds to it. */
  id: string;
  /** Of the budget a group, such as a country, may take its part and no more. */
  group: string;
  groupCeilingMicros: number;
  /** What a unit costs by our estimate; the price last paid under that name counts if it is higher. */
  price: Readonly<{ name: string; micros: number }>;
  units: number;
}>;

/** 80 %, the end of a group's part, the end of all. */
export type BudgetLevel = "almost_used_up" | "group_used_up" | "used_up";

export type Reserved = Readonly<{
  isReserved: boolean;
  /** How far the budget is used. */
  level: BudgetLevel | null;
  /** This caller is to tell it, and then to call `noteBudgetTold`; else it is asked again. */
  isToTell: boolean;
  /** Of the group where its part is used up, else of all; with this reservation. */
  spentMicros: number;
}>;

/**
 * Reserves money before it is spent, or refuses. What is reserved and spent never exceeds the
 * ceiling, whatever the parallelism; a reservation that nobody settles counts as spent.
 */
export async function reserveBudget(
  counters: Counters,
  budget: Budget,
  { id, group, groupCeilingMicros, price, units }: Reservation,
): Promise<Reserved> {
  requireWhole(budget.ceilingMicros, groupCeilingMicros, price.micros, units);
  const [verdict, tell, spent] = await counters.decide(RESERVE, {
    keys: budgetKeys(counters, budget),
    args: [
      requireLabel(id, "id"),
      requireLabel(group, "group"),
      requireLabel(price.name, "price"),
      price.micros,
      units,
      budget.ceilingMicros,
      groupCeilingMicros,
    ],
  });
  const isReserved = verdict === "reserved";
  const isToTell = tell === 1;
  const spentMicros = Number(spent);
  return { isReserved, isToTell, spentMicros, level: levelOf(budget, { verdict, spentMicros }) };
}

type Spent = { verdict: string | number | undefined; spentMicros: number };

function levelOf({ ceilingMicros }: Budget, { verdict, spentMicros }: Spent): BudgetLevel | null {
  if (verdict === "used_up" || verdict === "group_used_up") return verdict;
  return spentMicros * 100 < ceilingMicros * ALMOST_PERCENT ? null : "almost_used_up";
}

function requireWhole(...figures: readonly number[]): void {
  if (figures.every((figure) => Number.isSafeInteger(figure) && figure >= 0)) return;
  throw new RangeError("a budget is reckoned in whole millionths, not below 0");
}
