import { setTimeout as sleep } from "node:timers/promises";
import { PushError } from "./push-error.ts";

/**
 * Any constant of our own: pushes and migrations of one database take turns on this advisory lock.
 */
export const TURN_LOCK = 7_305_846_201;
const POLL_MILLISECONDS = 100;

type Patience = {
  readonly pollsMax: number;
  /** Called once, where it is not our turn at once. */
  readonly onWait: () => void;
  /** What is said where all polls were in vain. */
  readonly refusal: string;
};

/**
 * Asks for the lock by `attempt` until that gives back something. Throws PushError after
 * `pollsMax`.
 *
 * Polled, because a session that waits in pg_advisory_lock() holds a snapshot, and the other's
 * CREATE INDEX CONCURRENTLY would wait for that in turn: a deadlock.
 */
export async function waitForTurn<R>(
  attempt: () => Promise<R | undefined>,
  { pollsMax, onWait, refusal }: Patience,
): Promise<R> {
  for (let polls = 0; polls < pollsMax; polls += 1) {
    const turn = await attempt();
    if (turn !== undefined) return turn;
    if (polls === 0) onWait();
    await sleep(POLL_MILLISECONDS);
  }
  throw new PushError(refusal);
}
