import type { Counters } from "./connection.ts";
import { requireDigest } from "./digest.ts";
import { defineScript } from "./script.ts";
import { wholeSeconds } from "./seconds.ts";

const FAILURES_MAX = 5;
const WINDOW_MS = 15 * 60_000;
const LOCK_MS = 15 * 60_000;
const LOCK_MAX_MS = 24 * 3_600_000;

// A lock doubles the one before unless that one ended a day ago. Since the longest lock is a day,
// waiting for the memory to fade gains a guesser nothing.
const MEMORY_MS = 24 * 3_600_000;

// Longer than any attempt takes (a queue for the hash, then SQL with 3 s), so that only the slots of
// crashed processes are given back by time.
const RESERVATION_MS = 10_000;

const BUSY_RETRY_SECONDS = 1;

// KEYS: lock, failures, reservations. A reservation is the time at which it lapses; all last equally
// long, so the oldest is at the head and which one is whose does not matter.
const SPEND = defineScript(`
  local window, most, hold = tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[4])
  local lockedUntil = tonumber(redis.call("HGET", KEYS[1], "locked_until")) or 0
  if lockedUntil > now then return { "locked", lockedUntil - now } end

  prune(KEYS[2], now - window)
  prune(KEYS[3], now)
  if redis.call("LLEN", KEYS[2]) + redis.call("LLEN", KEYS[3]) >= most then return { "busy" } end

  redis.call("RPUSH", KEYS[3], now + hold)
  redis.call("PEXPIRE", KEYS[3], hold)
  return { "allowed" }
`);

// KEYS as above. Whoever's reservation lapsed meanwhile settles all the same: a failure counts.
const SETTLE = defineScript(`
  local outcome, window, most = ARGV[2], tonumber(ARGV[3]), tonumber(ARGV[4])
  local lock, longest, memory = tonumber(ARGV[5]), tonumber(ARGV[6]), tonumber(ARGV[7])
  prune(KEYS[3], now)
  redis.call("LPOP", KEYS[3])
  if outcome == "succeeded" then redis.call("DEL", KEYS[1], KEYS[2]) end
  if outcome ~= "failed" then return { 0, 0 } end

  -- A lane that is locked already has been told so; a straggler makes the lock no longer.
  local lockedUntil = tonumber(redis.call("HGET", KEYS[1], "locked_until")) or 0
  if lockedUntil > now then return { 0, lockedUntil - now } end

  prune(KEYS[2], now - window)
  note(KEYS[2], window, most)
  if redis.call("LLEN", KEYS[2]) < most then return { 0, 0 } end

  local locks = redis.call("HINCRBY", KEYS[1], "locks", 1)
  local length = math.min(lock * 2 ^ (locks - 1), longest)
  redis.call("HSET", KEYS[1], "locked_until", now + length)
  redis.call("PEXPIREAT", KEYS[1], now + length + memory)
  redis.call("DEL", KEYS[2])
  return { 1, length }
`);

const FORGET = defineScript(`
  return { redis.call("DEL", KEYS[1], KEYS[2], KEYS[3]) }
`);

export type SpentAttempt =
  | { allowed: true }
  | { allowed: false; reason: "locked" | "busy"; retryAfterSeconds: number };

export type AttemptOutcome = "failed" | "succeeded" | "released";

/** `locked`: this very failure locked the lane. `lockedForSeconds`: what is left of a lock, or 0. */
export type SettledAttempt = { locked: boolean; lockedForSeconds: number };

const keysOf = (counters: Counters, lane: string): [string, string, string] => {
  const tag = requireDigest(lane, "lane");
  return [
    counters.key("attempt-lock", tag),
    counters.key("attempt-failures", tag),
    counters.key("attempt-reservations", tag),
  ];
};

/**
 * Reserves one attempt in a lane, before the secret is checked (D9, R-12).
 *
 * Failures of the last 15 minutes and attempts not yet settled are together never more than five, so
 * no number of parallel guesses gets a sixth comparison. A lane full of unsettled attempts is "busy"
 * for a second and locks nothing. `lane` is a digest of the identifier, existing or not.
 */
export async function spendAttempt(counters: Counters, lane: string): Promise<SpentAttempt> {
  const [verdict, waitMs] = await counters.decide(SPEND, {
    keys: keysOf(counters, lane),
    args: [WINDOW_MS, FAILURES_MAX, RESERVATION_MS],
  });
  if (verdict === "allowed") return { allowed: true };
  if (verdict === "locked") {
    return { allowed: false, reason: "locked", retryAfterSeconds: wholeSeconds(waitMs) };
  }
  return { allowed: false, reason: "busy", retryAfterSeconds: BUSY_RETRY_SECONDS };
}

/**
 * Tells how a spent attempt ended; once for each attempt that was allowed.
 *
 * The fifth failure within 15 minutes locks the lane for 15 minutes, and each lock that follows is
 * twice as long, up to 24 hours (NIST SP 800-63B-4 3.2.2). A success forgets failures and locks. A
 * released attempt counts as nothing. An attempt that was never settled lapses after 10 seconds.
 */
export async function settleAttempt(
  counters: Counters,
  lane: string,
  outcome: AttemptOutcome,
): Promise<SettledAttempt> {
  const [locked, lockedForMs] = await counters.decide(SETTLE, {
    keys: keysOf(counters, lane),
    args: [outcome, WINDOW_MS, FAILURES_MAX, LOCK_MS, LOCK_MAX_MS, MEMORY_MS],
  });
  return { locked: locked === 1, lockedForSeconds: wholeSeconds(lockedForMs) };
}

/** Forgets all that a lane remembers, its lock included: a completed recovery, or an operator. */
export async function forgetAttempts(counters: Counters, lane: string): Promise<void> {
  await counters.decide(FORGET, { keys: keysOf(counters, lane), args: [] });
}
