import { tagOf } from "./challenge-key.ts";
import { type CodeLimits, DAY_MS, DEFAULT_CODE_LIMITS, HOUR_MS } from "./code-limits.ts";
import type { Counters, Decision } from "./connection.ts";
import { requireDigest, requireLabel } from "./digest.ts";
import { defineScript } from "./script.ts";
import { wholeSeconds } from "./seconds.ts";

// NIST SP 800-63B-4 3.1.3: an out-of-band code lives for at most ten minutes.
const LIFE_SECONDS_MAX = 600;

// KEYS: the challenge, cooldown, sends, the recipient's live challenges by their end, failures. The
// challenge keeps the names of the others, so that whoever has its id needs nothing else.
const OPEN = defineScript(`
  local id, life, liveMax = ARGV[2], tonumber(ARGV[3]), tonumber(ARGV[4])
  local cooldown, perHour, perDay = tonumber(ARGV[5]), tonumber(ARGV[6]), tonumber(ARGV[7])
  if redis.call("EXISTS", KEYS[1]) == 1 then return { "exists" } end

  redis.call("ZREMRANGEBYSCORE", KEYS[4], "-inf", now)
  local limitWait = math.max(wait(KEYS[3], ${HOUR_MS}, perHour), wait(KEYS[3], ${DAY_MS}, perDay))
  if redis.call("ZCARD", KEYS[4]) >= liveMax then
    local first = redis.call("ZRANGE", KEYS[4], 0, 0, "WITHSCORES")
    limitWait = math.max(limitWait, first[2] - now)
  end
  local coolWait = math.max(0, redis.call("PTTL", KEYS[2]))
  if limitWait > 0 then return { "limit", math.max(limitWait, coolWait) } end
  if coolWait > 0 then return { "cooldown", coolWait } end

  redis.call("SET", KEYS[2], 1, "PX", cooldown)
  note(KEYS[3], ${DAY_MS}, math.max(perHour, perDay))
  redis.call("ZADD", KEYS[4], now + life, id)
  redis.call("PEXPIRE", KEYS[4], ${LIFE_SECONDS_MAX * 1000})
  redis.call("HSET", KEYS[1], "id", id, "cooldown", KEYS[2], "sends", KEYS[3], "live", KEYS[4],
    "failures", KEYS[5],
    "created_at", now, "expires_at", now + life, "sent_at", now, "resends", 0, "attempts", 0,
    unpack(ARGV, 8))
  redis.call("PEXPIREAT", KEYS[1], now + life)
  return { "opened" }
`);

/**
 * Who asks is counted apart, so that nobody uses up what is somebody else's: strangers, whoever
 * passed the first of two steps, and the owner, known by a session or by a device.
 */
export type CodeLane = "stranger" | "pending" | "own";

export type Challenge = {
  /** `<tag>.<random>`, fresh, made by the caller. */
  challengeId: string;
  recipientDigest: string;
  addressDigest: string;
  lane: CodeLane;
  purpose: string;
  /** Digest of the bearer or pending token that asked; a code then works beside it alone. */
  bindingDigest?: string;
  /** HMAC of challenge id and code. The code itself never comes here. */
  verifier: string;
  /** Whatever the caller wants back, sealed by the caller. */
  payload: string;
  /** At most 600. */
  lifeSeconds: number;
  attemptsMax: number;
  limits?: CodeLimits;
};

export type OpenedChallenge =
  | { opened: true; resendAfterSeconds: number }
  | { opened: false; reason: "cooldown" | "limit"; retryAfterSeconds: number };

function keysOf(counters: Counters, challenge: Challenge): Decision["keys"] {
  const { challengeId, lane } = challenge;
  const tag = tagOf(challengeId);
  if (tag === null) throw new TypeError("challengeId must be <tag>.<random>");
  const recipient = requireDigest(challenge.recipientDigest, "recipientDigest");
  const address = requireDigest(challenge.addressDigest, "addressDigest");
  const purpose = requireLabel(challenge.purpose, "purpose");
  return [
    counters.key("code", tag, challengeId),
    counters.key("code-cooldown", tag, recipient, lane, address),
    counters.key("code-sends", tag, recipient, lane),
    counters.key("code-live", tag, recipient, lane, purpose),
    counters.key("code-failures", tag, recipient, lane),
  ];
}

/**
 * Opens a challenge, or refuses and spends nothing: one code a minute for a recipient and client
 * address, 5 an hour and 10 a day for a recipient and lane, 3 open at once.
 *
 * Challenges are independent: opening one neither ends nor burns another. The cooldown outlives a
 * success. A recipient that does not exist is counted like one that does.
 */
export async function openChallenge(
  counters: Counters,
  challenge: Challenge,
): Promise<OpenedChallenge> {
  const { challengeId, lifeSeconds, limits = DEFAULT_CODE_LIMITS } = challenge;
  if (!(lifeSeconds > 0 && lifeSeconds <= LIFE_SECONDS_MAX)) {
    throw new RangeError(`a code lives for at most ${LIFE_SECONDS_MAX} seconds`);
  }
  const settings = [
    challengeId,
    lifeSeconds * 1000,
    limits.liveChallengesMax,
    limits.cooldownSeconds * 1000,
    limits.sendsPerHour,
    limits.sendsPerDay,
  ];
  const fields = {
    lane: challenge.lane,
    purpose: challenge.purpose,
    binding: challenge.bindingDigest ?? "",
    verifier: requireDigest(challenge.verifier, "verifier"),
    payload: challenge.payload,
    attempts_max: challenge.attemptsMax,
  };
  const [verdict, waitMs] = await counters.decide(OPEN, {
    keys: keysOf(counters, challenge),
    args: [...settings, ...Object.entries(fields).flat()],
  });
  if (verdict === "exists") throw new Error("a challenge id was used twice");
  if (verdict === "opened") {
    return { opened: true, resendAfterSeconds: limits.resendDelaysSeconds[0] ?? lifeSeconds };
  }
  const reason = verdict === "limit" ? "limit" : "cooldown";
  return { opened: false, reason, retryAfterSeconds: wholeSeconds(waitMs) };
}
