import { refundThrottle, throttle } from "@postern/counters";
import { keyedDigest } from "@postern/crypto";
import type { Deps } from "../deps.ts";
import type { Origin } from "../http/origin.ts";
import { Problem } from "../problem.ts";

/** What one address may do how often: a limit's name and the window it counts in. */
const ADDRESS_LIMITS = {
  sign_ins_per_address_per_minute: 60,
  second_factors_per_address_per_minute: 60,
  recoveries_per_address_per_hour: 3_600,
  codes_per_address_per_minute: 60,
  oauth_calls_per_address_per_minute: 60,
  sign_ups_per_address_per_hour: 3_600,
  otp_sends_per_address_per_hour: 3_600,
  unknown_api_keys_per_address_per_minute: 60,
} as const;

export type AddressLimit = keyof typeof ADDRESS_LIMITS;

/** The address or network of a client as Redis counts it: IPv6 by its /64. */
export const addressDigest = ({ digestKeys }: Pick<Deps, "digestKeys">, origin: Origin): string =>
  keyedDigest(digestKeys, "throttle", "address", origin.network);

/** Spends one of what an address may do in a window. Answers the seconds to wait, or 0. */
export async function spendOfAddress(
  { config, counters }: Pick<Deps, "config" | "counters">,
  name: AddressLimit,
  subject: string,
): Promise<number> {
  const { allowed, retryAfterSeconds } = await throttle(counters, {
    name,
    subject,
    limit: config.limits[name],
    windowSeconds: ADDRESS_LIMITS[name],
  });
  return allowed ? 0 : Math.max(1, retryAfterSeconds);
}

/** Gives one back: what was not done, or proved honest, counts against nobody. */
export const refundOfAddress = (
  { counters }: Pick<Deps, "counters">,
  name: AddressLimit,
  subject: string,
): Promise<void> => refundThrottle(counters, { name, subject });

/** @throws Problem too_many_requests; CountersAwayError while Redis is away: nothing opens. */
export async function throttleAddress(
  deps: Deps,
  name: AddressLimit,
  origin: Origin,
): Promise<void> {
  const retryAfterSeconds = await spendOfAddress(deps, name, addressDigest(deps, origin));
  if (retryAfterSeconds > 0) {
    throw new Problem("too_many_requests", { retryAfterSeconds });
  }
}
