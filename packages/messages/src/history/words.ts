const providers: Readonly<Record<string, string>> = {
  smtp: "the mail server",
  ses: "Amazon SES",
  postmark: "Postmark",
  twilio: "Twilio",
  africas_talking: "Africa's Talking",
  webhook: "your own service",
  inbox: "the development inbox",
};

export const providerName = (provider: string | null): string =>
  providers[provider ?? ""] ?? provider ?? "the worker";

/** What the codes of providers, and our own, mean to somebody who answers a customer. */
const errors: Readonly<Record<string, string>> = {
  "20003": "our credentials are wrong",
  "20429": "too many requests",
  "21211": "no valid phone number",
  "21408": "the country is not enabled at Twilio",
  "21610": "the recipient answered STOP",
  "21614": "not a mobile number",
  "30003": "unreachable handset",
  "30004": "message blocked",
  "30005": "unknown handset",
  "30006": "landline or unreachable carrier",
  "30007": "filtered by the carrier",
  "30008": "unknown error at the carrier",
  "401": "held for risk",
  "402": "invalid sender",
  "403": "no valid phone number",
  "404": "unsupported number type",
  "405": "no balance left",
  "406": "the recipient opted out",
  "407": "no route",
  "500": "a fault of the provider",
  "501": "a fault of the gateway",
  "502": "refused by the gateway",
  AbsentSubscriber: "unreachable handset",
  UserInBlackList: "the recipient opted out",
  DeliveryFailure: "could not be delivered",
  Expired: "not delivered in time",
  Rejected: "rejected by the carrier",
  HardBounce: "no such mailbox",
  answer_lost: "the answer was lost",
  lease_expired: "the worker died",
  no_provider: "nobody serves this country",
  providers_failing: "every provider is failing",
  decrypt_failed: "the payload does not open",
  opt_out: "the recipient opted out",
  budget: "the day's budget for texts was used up",
  pumping: "it looked like SMS pumping",
  country_not_allowed: "texts may not go to this country",
  number_type_not_allowed: "not a mobile number",
  counters_away: "Redis was away",
  hard_bounce: "the mailbox bounced before",
  complaint: "the recipient called our mail spam",
};

/** `unreachable handset (30003)`. */
export function errorWords(code: string | null, message: string | null): string {
  if (code === null) return message ?? "no reason given";
  const words = errors[code] ?? message;
  return words ? `${words} (${code})` : code;
}
