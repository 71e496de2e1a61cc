import type { Deps } from "../deps.ts";
import { refundOfAddress } from "../throttles/throttle-address.ts";
import type { ChallengePayload } from "./challenge.ts";

/** A send that was verified counts no longer against the address it was asked from. */
export async function refundSend(deps: Deps, { addressDigest }: ChallengePayload): Promise<void> {
  try {
    await refundOfAddress(deps, "otp_sends_per_address_per_hour", addressDigest);
  } catch (error) {
    deps.log.warn({ err: error }, "a verified send could not be given back");
  }
}
