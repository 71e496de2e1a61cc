import { challengeKey } from "./challenge-key.ts";
import { type CodeLimits, DAY_MS, DEFAULT_CODE_LIMITS, QUARTER_HOUR_MS } from "./code-limits.ts";
import type { Counters } from "./connection.ts";
import { requireDigest, requireLabel } from "./digest.ts";
import { defineScript } from "./script.ts";
import { wholeSeconds } from "./seconds.ts";

// KEYS: the challenge. The counters it is charged to are named in it and share its slot. Both sides
// of the comparison are HMACs, so how long it takes tells nothing of the code.
const SPEND = defineScript(`
  local verifier, purposes, binding = ARGV[2], ARGV[3], ARGV[4]
  local perQuarterHour, perDay = tonumber(ARGV[5]), tonumber(ARGV[6])
  local fields = redis.call("HMGET", KEYS[1],
    "verifier", "purpose", "binding", "failures", "live", "id", "attempts_max", "payload", "used")
  if not fields[1] or fields[9] then return { "gone" } end
  local failures, live, id = fields[4], fields[5], fields[6]

  local waitMs = math.max(
    wait(failures, ${QUARTER_HOUR_MS}, perQuarterHour), wait(failures, ${DAY_MS}, perDay))
  if waitMs > 0 then return { "limit", waitMs } end

  local isFitting = string.find(purposes, "," .. fields[2] .. ",", 1, true) and (fields[3] == "" or binding == fields[3])
  if isFitting and verifier == fields[1] then
    redis.call("HSET", KEYS[1], "used", 1)
    redis.call("ZREM", live, id)
    return { "right", fields[8] }
  end

  note(failures, ${DAY_MS}, math.max(perQuarterHour, perDay))
  local left = fields[7] - redis.call("HINCRBY", KEYS[1], "attempts", 1)
  if left <= 0 then
    redis.call("DEL", KEYS[1])
    redis.call("ZREM", live, id)
  end
  local isGuessing = wait(failures, ${QUARTER_HOUR_MS}, perQuarterHour) > 0
    or wait(failures, ${DAY_MS}, perDay) > 0
  local isFirst = isGuessing
    and redis.call("SET", failures .. ":told", 1, "NX", "PX", ${QUARTER_HOUR_MS})
  return { "wrong", math.max(0, left), fields[8], isFirst and 1 or 0 }
`);

export type PresentedCode = {
  challengeId: string;
  verifier: string;
  /** A challenge made for any other purpose is a wrong guess. */
  purposes: readonly string[];
  /** Must be the one the challenge was opened with. Of no account where it was opened without. */
  bindingDigest?: string;
  limits?: Pick<CodeLimits, "failuresPerQuarterHour" | "failuresPerDay">;
};

export type SpentCode =
  | { result: "right"; payload: string }
  | {
      result: "wrong";
      attemptsLeft: number;
      payload: string;
      /** This failure is the one that reached a bound, for the first time in its window. */
      isGuessing: boolean;
    }
  | { result: "gone" }
  | { result: "limit"; retryAfterSeconds: number };

/**
 * Spends an attempt and compares, in one step: however many guesses come at once, no challenge is
 * compared more often than it allows, and then it is gone. A right code ends its challenge, so
 * of many right ones exactly one is "right".
 *
 * Failures also count for the recipient and lane, over all challenges: past 10 in 15 minutes or 20 in
 * a day nothing is compared ("limit"), and the failure that gets there says so, once in 15 minutes. A
 * success does not clear them. A used, expired, unknown and
 * malformed id are all "gone".
 */
export async function spendCode(counters: Counters, presented: PresentedCode): Promise<SpentCode> {
  const { challengeId, verifier, purposes, bindingDigest = "" } = presented;
  const { failuresPerQuarterHour, failuresPerDay } = presented.limits ?? DEFAULT_CODE_LIMITS;
  const key = challengeKey(counters, challengeId);
  if (key === null) return { result: "gone" };
  const [result, detail, payload, isGuessing] = await counters.decide(SPEND, {
    keys: [key],
    args: [
      requireDigest(verifier, "verifier"),
      `,${purposes.map((purpose) => requireLabel(purpose, "purpose")).join(",")},`,
      bindingDigest,
      failuresPerQuarterHour,
      failuresPerDay,
    ],
  });
  if (result === "right") return { result, payload: String(detail) };
  if (result === "wrong") {
    const attemptsLeft = Number(detail);
    return { result, attemptsLeft, payload: String(payload), isGuessing: isGuessing === 1 };
  }
  if (result === "limit") return { result, retryAfterSeconds: wholeSeconds(detail) };
  return { result: "gone" };
}
