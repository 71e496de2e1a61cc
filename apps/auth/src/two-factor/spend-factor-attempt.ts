import { ownLane } from "../attempts/lanes.ts";
import { recordFailure } from "../attempts/record-failure.ts";
import { type Attempt, reserveAttempt } from "../attempts/reserve-attempt.ts";
import type { Deps } from "../deps.ts";
import type { Origin } from "../http/origin.ts";
import { Problem } from "../problem.ts";
import type { FactorAccount } from "./find-factors.ts";

export type FactorAttempt = {
  account: FactorAccount;
  /** A factor that is on, unless it is one that is being switched on. */
  lane?: "second_factor" | "enrolment";
  /** What was tried, a word for the log. */
  reason: string;
  /** Whether a sign-in failed with it. */
  isSignIn?: boolean;
  origin: Origin;
};

/**
 * Runs a check of a second factor as one attempt of the account's own lane: reserved before
 * anything is compared, whatever the method and however many sign-ins are pending. A null result is
 * a failure; the fifth locks the lane and the owner is told.
 *
 * @throws Problem account_locked, too_many_requests; invalid_code where the check found it wrong.
 */
export async function spendFactorAttempt<Result>(
  deps: Deps,
  { account, lane: purpose = "second_factor", reason, isSignIn = false, origin }: FactorAttempt,
  check: (attempt: Attempt) => Promise<Result | null>,
): Promise<Result> {
  const lane = ownLane(deps.digestKeys, purpose, account.userId);
  const attempt = await reserveAttempt(deps, lane, origin);
  const result = await orRelease(attempt, check);
  if (result === null) {
    await recordFailure(deps, {
      attempt,
      identifier: account.email,
      account: { id: account.userId, email: account.email },
      result: "failed_second_factor",
      reason,
      eventType: isSignIn ? ["two_factor_failed", "login_failed"] : "two_factor_failed",
      origin,
    });
    throw new Problem("invalid_code");
  }
  await attempt.settle("succeeded");
  return result;
}

/** What ends without an answer about the code was no guess. */
async function orRelease<Result>(
  attempt: Attempt,
  check: (attempt: Attempt) => Promise<Result>,
): Promise<Result> {
  try {
    return await check(attempt);
  } catch (error) {
    await attempt.settle("released");
    throw error;
  }
}
