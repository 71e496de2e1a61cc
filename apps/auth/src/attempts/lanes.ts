import { type DigestKeys, digestToken, keyedDigest } from "@postern/crypto";
import type { AddressLimit } from "../throttles/throttle-address.ts";

/** Where attempts at one secret are counted together, and the limit of the address that makes them. */
export type Lane = Readonly<{ digest: string; limit: AddressLimit }>;

/** The two lanes in which sign-in attempts on one identifier are counted. */
export type Lanes = { stranger: Lane; device: Lane | null; deviceTokenHash: string | null };

/**
 * Both lanes can be named before the account is read. The device's lane may be used only once its
 * token was matched to a live device of that very account: nobody chooses it by sending a token.
 */
export function lanesOf(
  digestKeys: DigestKeys,
  identifier: string,
  deviceToken: string | null,
): Lanes {
  const deviceTokenHash = deviceToken === null ? null : digestToken(deviceToken);
  return {
    stranger: strangerLane(digestKeys, identifier),
    device: deviceTokenHash === null ? null : deviceLane(digestKeys, identifier, deviceTokenHash),
    deviceTokenHash,
  };
}

const signInLane = (digest: string): Lane => ({ digest, limit: "sign_ins_per_address_per_minute" });

/** Of everybody who is not known to have signed in to the account before. */
export const strangerLane = (digestKeys: DigestKeys, identifier: string): Lane =>
  signInLane(keyedDigest(digestKeys, "lane", identifier));

/** Of one device that has. */
export const deviceLane = (
  digestKeys: DigestKeys,
  identifier: string,
  deviceTokenHash: string,
): Lane => signInLane(keyedDigest(digestKeys, "lane", identifier, deviceTokenHash));

/** What somebody proves for an account that is known already, and which address limit it spends. */
const OWN_LANES = {
  step_up: "sign_ins_per_address_per_minute",
  second_factor: "second_factors_per_address_per_minute",
  enrolment: "second_factors_per_address_per_minute",
  password_change: "sign_ins_per_address_per_minute",
  recovery: "recoveries_per_address_per_hour",
  api_key: "sign_ins_per_address_per_minute",
} as const satisfies Record<string, AddressLimit>;

export type OwnLane = keyof typeof OWN_LANES;

export const ownLanes = Object.keys(OWN_LANES) as readonly OwnLane[];

/**
 * The lane of a known account for one purpose. Nobody gets there without a session, a pending token
 * or a link, so a stranger at the sign-in can lock none of them, and a lock of one leaves
 * the others open: recovery above all.
 */
export const ownLane = (digestKeys: DigestKeys, purpose: OwnLane, userId: unknown): Lane => ({
  digest: keyedDigest(digestKeys, "lane", "own", purpose, String(userId)),
  limit: OWN_LANES[purpose],
});
