const smsProviders = ["twilio", "africas_talking", "webhook", "inbox"] as const;

export type SmsProviderName = (typeof smsProviders)[number];

/** Whom to ask first for a country, and whom next. `*` stands for every other country. */
export type SmsOrder = ReadonlyMap<string, readonly SmsProviderName[]>;

const COUNTRY = /^([A-Z]{2}|\*)$/;
const known: ReadonlySet<string> = new Set(smsProviders);

/**
 * Reads `KE:africas_talking>twilio,*:twilio`; a provider alone, `twilio`, is for every country. Null
 * where it is no such list, names a country twice or a provider twice for one.
 */
export function readSmsOrder(text: string): SmsOrder | null {
  const order = new Map<string, readonly SmsProviderName[]>();
  for (const entry of text.split(",")) {
    const [providers = "", country = "*"] = entry.trim().split(":").reverse();
    const names = providers.split(">").map((name) => name.trim());
    const isRead = COUNTRY.test(country) && !order.has(country) && areProviders(names);
    if (!isRead) return null;
    order.set(country, names);
  }
  return order;
}

const areProviders = (names: readonly string[]): names is readonly SmsProviderName[] =>
  names.every((name) => known.has(name)) && new Set(names).size === names.length;
