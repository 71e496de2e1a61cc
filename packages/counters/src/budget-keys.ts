import type { Counters, Decision } from "./connection.ts";
import { requireLabel } from "./digest.ts";
import type { Budget } from "./reserve-budget.ts";

/** Ledger, holds and prices. All of a currency lie in one slot of a cluster. */
export function budgetKeys(
  counters: Counters,
  { currency, day }: Pick<Budget, "currency" | "day">,
): Decision["keys"] {
  const tag = requireLabel(currency, "currency");
  const name = requireLabel(day, "day");
  return [
    counters.key("budget", tag, name, "spent"),
    counters.key("budget", tag, name, "held"),
    counters.key("budget", tag, "prices"),
  ];
}
