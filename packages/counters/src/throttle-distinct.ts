import type { Counters } from "./connection.ts";
import { requireDigest, requireLabel } from "./digest.ts";
import { defineScript } from "./script.ts";
import { wholeSeconds } from "./seconds.ts";
import type { Throttle, Throttled } from "./throttle.ts";

// Each member is one entry of about 60 bytes, so this bounds a key to 600 kB.
const LIMIT_MAX = 10_000;

// KEYS: the members, scored by when they were first seen. One that is known costs nothing.
const THROTTLE_DISTINCT = defineScript(`
  local member, limit, span = ARGV[2], tonumber(ARGV[3]), tonumber(ARGV[4])
  redis.call("ZREMRANGEBYSCORE", KEYS[1], "-inf", now - span)
  local count = redis.call("ZCARD", KEYS[1])
  if redis.call("ZSCORE", KEYS[1], member) then return { 1, 0, limit - count } end
  if count >= limit then
    local first = redis.call("ZRANGE", KEYS[1], 0, 0, "WITHSCORES")
    return { 0, first[2] + span - now, 0 }
  end
  redis.call("ZADD", KEYS[1], now, member)
  redis.call("PEXPIRE", KEYS[1], span)
  return { 1, 0, limit - count - 1 }
`);

export type DistinctLimit = Throttle & {
  /** What is counted once, however often it comes: a digest. */
  member: string;
  /** Different members in any window, 1 to 10,000. */
  limit: number;
  windowSeconds: number;
};

/** Limits how many different members a subject may name: recipients of one client address. */
export async function throttleDistinct(
  counters: Counters,
  { name, subject, member, limit, windowSeconds }: DistinctLimit,
): Promise<Throttled> {
  if (!(Number.isSafeInteger(limit) && limit >= 1 && limit <= LIMIT_MAX)) {
    throw new RangeError(`a distinct limit is a whole number from 1 to ${LIMIT_MAX}`);
  }
  const subjectTag = requireLabel(subject, "subject");
  const [allowed, waitMs, remaining] = await counters.decide(THROTTLE_DISTINCT, {
    keys: [counters.key("throttle-distinct", subjectTag, requireLabel(name, "name"))],
    args: [requireDigest(member, "member"), limit, windowSeconds * 1000],
  });
  return {
    allowed: allowed === 1,
    retryAfterSeconds: wholeSeconds(waitMs),
    remaining: Number(remaining),
  };
}
