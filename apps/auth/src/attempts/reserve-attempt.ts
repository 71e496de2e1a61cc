import { CountersAwayError, settleAttempt, spendAttempt } from "@postern/counters";
import type { Deps } from "../deps.ts";
import type { Origin } from "../http/origin.ts";
import { Problem } from "../problem.ts";
import { addressDigest, spendOfAddress } from "../throttles/throttle-address.ts";
import { durableAttempts } from "./durable-attempts.ts";
import { type LaneState, readLane } from "./lane-state.ts";
import type { Lane } from "./lanes.ts";

export type AttemptOutcome = "failed" | "succeeded" | "released";

/** An attempt that may go ahead. */
export type Attempt = Readonly<{
  lane: Lane;
  state: LaneState;
  /** Whether PostgreSQL holds the reservation, because Redis is away. */
  isDurable: boolean;
  /**
   * Tells how it ended; the first word counts. `recordFailure` says "failed" itself. "succeeded"
   * forgets the lane's failures, "released" means that nothing was compared.
   */
  settle: (outcome: AttemptOutcome, already?: { isRowSettled: boolean }) => Promise<void>;
}>;

/**
 * Spends an attempt in a lane before anything is compared, so parallel guesses cannot slip past the
 * lock (D9, R-12). Whoever calls it settles it, whatever happens.
 *
 * @throws Problem account_locked or too_many_requests, with the seconds to wait.
 */
export async function reserveAttempt(deps: Deps, lane: Lane, origin: Origin): Promise<Attempt> {
  const state = await readLane(deps, lane.digest);
  return reserveInLane(deps, { lane, state }, origin);
}

/**
 * The same where the lane's state was read already. A lane that PostgreSQL knows to be locked costs
 * no trip to Redis. A lane full of attempts that are still being checked answers too_many_requests
 * and locks nothing.
 */
export async function reserveInLane(
  deps: Deps,
  { lane, state }: Pick<Attempt, "lane" | "state">,
  origin: Origin,
): Promise<Attempt> {
  if (state.lockedForSeconds > 0) {
    throw new Problem("account_locked", { retryAfterSeconds: state.lockedForSeconds });
  }
  try {
    await spendInRedis(deps, lane, origin);
    return { lane, state, isDurable: false, settle: settleOnce(deps, lane, false) };
  } catch (error) {
    if (!(error instanceof CountersAwayError)) {
      throw error;
    }
  }
  await durableAttempts.spend(deps, lane);
  return { lane, state, isDurable: true, settle: settleOnce(deps, lane, true) };
}

/** The lane and the address in one wave. */
async function spendInRedis(deps: Deps, { digest, limit }: Lane, origin: Origin): Promise<void> {
  const [attempt, addressWaitSeconds] = await Promise.all([
    spendAttempt(deps.counters, digest),
    spendOfAddress(deps, limit, addressDigest(deps, origin)),
  ]);
  if (attempt.allowed && addressWaitSeconds > 0) {
    await settleInRedis(deps, digest, "released");
  }
  const laneWaitSeconds = attempt.allowed ? 0 : attempt.retryAfterSeconds;
  const retryAfterSeconds = Math.max(laneWaitSeconds, addressWaitSeconds);
  if (retryAfterSeconds > 0) {
    throw new Problem("too_many_requests", { retryAfterSeconds });
  }
}

function settleOnce(deps: Deps, lane: Lane, isDurable: boolean): Attempt["settle"] {
  let isSettled = false;
  return async (outcome, { isRowSettled } = { isRowSettled: false }) => {
    if (isSettled) {
      return;
    }
    isSettled = true;
    await Promise.all([
      isDurable ? undefined : settleInRedis(deps, lane.digest, outcome),
      isRowSettled ? undefined : durableAttempts.settle(deps, lane, { outcome, isDurable }),
    ]);
  };
}

/** The outcome is durable in PostgreSQL beside this call: Redis gone now costs nothing. */
async function settleInRedis(deps: Deps, lane: string, outcome: AttemptOutcome): Promise<void> {
  try {
    await settleAttempt(deps.counters, lane, outcome);
  } catch (error) {
    if (!(error instanceof CountersAwayError)) {
      throw error;
    }
  }
}
