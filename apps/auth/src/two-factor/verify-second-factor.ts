import type { Deps } from "../deps.ts";
import type { Origin } from "../http/origin.ts";
import type { SecondFactorMethod } from "../sessions/proof.ts";
import { findFactors } from "./find-factors.ts";
import { useSecondFactor } from "./use-second-factor.ts";

export type VerifySecondFactorInput = {
  userId: string;
  /** Of the session that presents it: a sent code is bound to it. */
  sessionId: string;
  /** What that session began with, the first word of its amr: the factor must differ. */
  firstStep: string;
  method: SecondFactorMethod;
  code: string;
  origin: Origin;
};

/**
 * Whether a signed-in user holds a second factor, which is used up by this. For step-up, which
 * counts the attempt in a lane of its own.
 *
 * @throws Problem otp_limit; service_unavailable.
 */
export async function verifySecondFactor(
  deps: Deps,
  { userId, sessionId, firstStep, method, code, origin }: VerifySecondFactorInput,
): Promise<boolean> {
  const account = await findFactors(deps, { userId, firstStep });
  if (!account) {
    return false;
  }
  const binding = { sessionId, userId, isPending: false };
  const presented = { account, method, code, binding, origin };
  return (await useSecondFactor(deps, presented, async () => true)) ?? false;
}
