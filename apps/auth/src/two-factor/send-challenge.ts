import type { Deps } from "../deps.ts";
import type { Origin } from "../http/origin.ts";
import type { SentCode } from "../one-time-codes/send-code.ts";
import { Problem } from "../problem.ts";
import type { FactorHolder } from "./find-holder.ts";
import { sendFactorCode } from "./sent-code.ts";

export type SendChallengeInput = {
  holder: FactorHolder;
  channel: "sms" | "email";
  origin: Origin;
};

/**
 * Sends the code of a second step to the account's own number or address.
 *
 * @throws Problem factor_unavailable where this factor is off, or may not be the second one;
 *   otp_cooldown, otp_limit; service_unavailable without Redis.
 */
export async function sendChallenge(
  deps: Deps,
  { holder, channel, origin }: SendChallengeInput,
): Promise<SentCode> {
  const { account, binding } = holder;
  if (!account.offered.includes(channel)) {
    throw new Problem("factor_unavailable");
  }
  return sendFactorCode(deps, { account, channel, binding, origin });
}
