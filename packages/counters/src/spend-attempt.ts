import type { Counters } from "./connection.ts";
import { requireDigest } from "./digest.ts";
import { defineScript } from "./script.ts";
import { wholeSeconds } from "./seconds.ts";

const FAILURES_MAX = 5;
const WINDOW_MS = 15 * 60_000;

// Longer than any attempt takes (a queue for the hash, then SQL with 3 s), so that only the slots of
// crashed processes are given back by time.
const RESERVATION_MS = 10_000;

const BUSY_RETRY_MS = 1000;

// KEYS: failures, reservations. A reservation is the time at which it lapses; all last equally long,
// so the oldest is at the head and which one is whose does not matter.
const SPEND = defineScript(`
  local window, most, hold = tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[4])
  prune(KEYS[1], now - window)
  prune(KEYS[2], now)
  local underWay = redis.call("LLEN", KEYS[2])
  if redis.call("LLEN", KEYS[1]) + underWay >= most then
    return { "full", underWay > 0 and ${BUSY_RETRY_MS} or wait(KEYS[1], window, most) }
  end
  redis.call("RPUSH", KEYS[2], now + hold)
  redis.call("PEXPIRE", KEYS[2], hold)
  return { "allowed" }
`);

// KEYS as above. Whoever's reservation lapsed meanwhile settles all the same: a failure counts.
const SETTLE = defineScript(`
  local outcome, window, most = ARGV[2], tonumber(ARGV[3]), tonumber(ARGV[4])
  prune(KEYS[2], now)
  redis.call("LPOP", KEYS[2])
  if outcome == "succeeded" then redis.call("DEL", KEYS[1]) end
  if outcome == "failed" then note(KEYS[1], window, most) end
  return {}
`);

const FORGET = defineScript(`
  return { redis.call("DEL", KEYS[1], KEYS[2]) }
`);

export type SpentAttempt = { allowed: true } | { allowed: false; retryAfterSeconds: number };

export type AttemptOutcome = "failed" | "succeeded" | "released";

const keysOf = (counters: Counters, lane: string): [string, string] => {
  const tag = requireDigest(lane, "lane");
  return [counters.key("attempt-failures", tag), counters.key("attempt-reservations", tag)];
};

/**
 * Reserves one attempt in a lane, before the secret is checked (D9, R-12).
 *
 * Failures of the last 15 minutes and attempts not yet settled are together never more than five, so
 * no number of parallel guesses gets a sixth comparison. A full lane answers how long to wait: a
 * second where attempts are under way. It locks nothing: locks are PostgreSQL's, so losing Redis
 * loses none, and bringing it back invents none. `lane` is a digest of the identifier, existing or not.
 */
export async function spendAttempt(counters: Counters, lane: string): Promise<SpentAttempt> {
  const [verdict, waitMs] = await counters.decide(SPEND, {
    keys: keysOf(counters, lane),
    args: [WINDOW_MS, FAILURES_MAX, RESERVATION_MS],
  });
  if (verdict === "allowed") return { allowed: true };
  return { allowed: false, retryAfterSeconds: Math.max(1, wholeSeconds(waitMs)) };
}

/**
 * Tells how a spent attempt ended; once for each attempt that was allowed.
 *
 * A success forgets the lane's failures. A released attempt counts as nothing. An attempt that was
 * never settled lapses after 10 seconds.
 */
export async function settleAttempt(
  counters: Counters,
  lane: string,
  outcome: AttemptOutcome,
): Promise<void> {
  await counters.decide(SETTLE, {
    keys: keysOf(counters, lane),
    args: [outcome, WINDOW_MS, FAILURES_MAX],
  });
}

/** Forgets all that a lane remembers: a completed recovery, or an operator. */
export async function forgetAttempts(counters: Counters, lane: string): Promise<void> {
  await counters.decide(FORGET, { keys: keysOf(counters, lane), args: [] });
}
