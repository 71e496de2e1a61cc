import type { Deps } from "../deps.ts";
import { findFactors } from "../two-factor/find-factors.ts";
import type { ChallengePayload } from "./challenge.ts";
import type { CodeAsker } from "./code-binding.ts";

/**
 * Whether a code over the other channel would do for what this one is for: in a second step, where
 * that factor is on too and may follow the first step. Of codes that anybody may ask for it
 * is never said, since it would tell what the account has; and what a code verifies has one channel.
 */
export async function hasOtherChannel(
  deps: Deps,
  { purpose, channel }: ChallengePayload,
  { userId, firstStep }: CodeAsker,
): Promise<boolean> {
  if (purpose !== "second_factor") {
    return false;
  }
  const account = await findFactors(deps, { userId, firstStep });
  const other = channel === "sms" ? "email" : "sms";
  // A factor that is being switched on is no second step yet.
  return (account?.enabled.includes(channel) && account.offered.includes(other)) ?? false;
}
