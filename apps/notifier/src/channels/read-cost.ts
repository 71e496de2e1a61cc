import type { Cost } from "./channel.ts";

const MICRO_DIGITS = 6;
const AMOUNT = /^-?(?<whole>\d{1,9})(?:\.(?<part>\d{1,12}))?$/;
const CURRENCY = /^[A-Z]{3}$/;

/** An amount as a provider writes it, `-0.00750` or `0.8000`, in millionths; digits beyond are cut. */
export function readCost(amount: string, currency: string): Cost | null {
  const groups = AMOUNT.exec(amount)?.groups;
  if (!groups || !CURRENCY.test(currency)) return null;
  const part = (groups.part ?? "").padEnd(MICRO_DIGITS, "0").slice(0, MICRO_DIGITS);
  return { micros: Number(`${groups.whole}${part}`), currency };
}
