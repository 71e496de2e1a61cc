import { restoreCode } from "@postern/counters";
import type { Deps } from "../deps.ts";
import { Problem } from "../problem.ts";
import type { UserId } from "../tables.ts";
import type { ChallengePayload } from "./challenge.ts";
import { consumeCode } from "./consume-code.ts";
import { type PresentedCode, presentCode } from "./present-code.ts";
import { recordCodeFailure } from "./record-code-failure.ts";

export type UsedCode = Pick<ChallengePayload, "channel" | "recipient"> & { userId: UserId };

/**
 * Uses up a right code by itself, for a caller that goes on alone: the second step of a sign-in.
 *
 * @throws Problem invalid_code, otp_limit; service_unavailable while Redis is away.
 */
export async function useCode(deps: Deps, presented: PresentedCode): Promise<UsedCode> {
  const payload = await presentCode(deps, presented);
  const { channel, recipient } = payload;
  const { challengeId } = presented;
  const userId = await orRestore(deps, challengeId, () => consumeCode(deps, { channel, challengeId }));
  if (userId === null) {
    return refuseUsed(deps, presented, payload);
  }
  return { userId, channel, recipient };
}

/**
 * Does what a right code is for. Where that fails, by a database that is away or a new password that
 * is refused, the code may be presented once more: nothing was used up.
 */
export async function orRestore<Result>(
  deps: Deps,
  challengeId: string,
  act: () => Promise<Result>,
): Promise<Result> {
  try {
    return await act();
  } catch (error) {
    await restoreCode(deps.counters, challengeId);
    throw error;
  }
}

/** A right code that PostgreSQL knows as used, or whose account is no longer there for it. */
export async function refuseUsed(
  deps: Deps,
  { challengeId, origin }: PresentedCode,
  { purpose, channel }: ChallengePayload,
): Promise<never> {
  await recordCodeFailure(deps, { challengeId, purpose, channel, reason: "used", origin });
  throw new Problem("invalid_code");
}
