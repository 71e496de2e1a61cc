import type { Cost } from "../channels/channel.ts";
import { readCost } from "../channels/read-cost.ts";

/** What a segment costs, by `provider/country` and `provider/*`. */
export type Prices = ReadonlyMap<string, Cost>;

/**
 * What is reserved for a segment before anybody knows its price: estimates, rather too high than too
 * low. The price that was last paid counts where it is higher, so a wrong one mends itself. SMS_PRICES
 * goes before them. The development inbox costs nothing.
 */
const ESTIMATES = [
  "twilio/US=USD 0.012",
  "twilio/CA=USD 0.012",
  "twilio/GB=USD 0.06",
  "twilio/KE=USD 0.25",
  "twilio/*=USD 0.30",
  "africas_talking/KE=KES 0.8",
  "africas_talking/*=KES 10",
  "webhook/*=USD 0.10",
  "inbox/*=USD 0",
].join(",");

const ENTRY = /^(?<key>[a-z_]+\/(?:[A-Z]{2}|\*))=(?<currency>[A-Z]{3}) (?<amount>\d[\d.]*)$/;

/** Reads `twilio/KE=USD 0.25,webhook/*=KES 1` over the estimates. Null where it is no such list. */
export function readPrices(text: string): Prices | null {
  const prices = new Map<string, Cost>();
  const own = text.split(",").filter((entry) => entry.trim() !== "");
  for (const entry of [...ESTIMATES.split(","), ...own]) {
    const { key = "", currency = "", amount = "" } = ENTRY.exec(entry.trim())?.groups ?? {};
    const price = readCost(amount, currency);
    if (!price) return null;
    prices.set(key, price);
  }
  return prices;
}

/** Null for a provider that nobody gave a price. */
export const priceOf = (prices: Prices, provider: string, country: string): Cost | null =>
  prices.get(`${provider}/${country}`) ?? prices.get(`${provider}/*`) ?? null;
