import { challengeKey } from "./challenge-key.ts";
import { type CodeLimits, DAY_MS, DEFAULT_CODE_LIMITS, HOUR_MS } from "./code-limits.ts";
import type { Counters } from "./connection.ts";
import { defineScript } from "./script.ts";
import { wholeSeconds } from "./seconds.ts";

// KEYS: the challenge, which names the send counter of its recipient and lane. ARGV[5] on: the delays
// before each resend, in milliseconds.
const RESEND = defineScript(`
  local binding, perHour, perDay = ARGV[2], tonumber(ARGV[3]), tonumber(ARGV[4])
  local fields = redis.call("HMGET", KEYS[1],
    "binding", "sends", "resends", "sent_at", "expires_at", "payload", "used")
  if not fields[1] or fields[7] or (fields[1] ~= "" and fields[1] ~= binding) then return { "gone", 0 } end
  local sends, lifeLeft = fields[2], fields[5] - now
  local resend = fields[3] + 1
  local resendsMax = #ARGV - 4

  if resend > resendsMax then return { "limit", lifeLeft } end
  local coolWait = fields[4] + ARGV[4 + resend] - now
  if coolWait > 0 then return { "cooldown", coolWait } end
  local limitWait = math.max(wait(sends, ${HOUR_MS}, perHour), wait(sends, ${DAY_MS}, perDay))
  if limitWait > 0 then return { "limit", limitWait } end

  redis.call("HSET", KEYS[1], "resends", resend, "sent_at", now)
  note(sends, ${DAY_MS}, math.max(perHour, perDay))
  local nextDelay = tonumber(ARGV[5 + resend]) or lifeLeft
  return { "resent", fields[6], nextDelay, lifeLeft, resendsMax - resend }
`);

export type ResentCode =
  | {
      resent: true;
      payload: string;
      /** Until the next resend is possible; where none is left, until the code ends. */
      resendAfterSeconds: number;
      expiresInSeconds: number;
      resendsLeft: number;
    }
  | { resent: false; reason: "cooldown" | "limit" | "gone"; retryAfterSeconds: number };

export type ResendOptions = {
  /** Must be the one the challenge was opened with, if it was with any; else it is "gone". */
  bindingDigest?: string;
  limits?: Pick<CodeLimits, "sendsPerHour" | "sendsPerDay" | "resendDelaysSeconds">;
};

/**
 * Allows the same code to be sent once more, with the same end: twice at most, 60 and then 120
 * seconds after the send before. A resend counts in the recipient's sends. A refusal spends
 * nothing.
 */
export async function resendCode(
  counters: Counters,
  challengeId: string,
  { bindingDigest = "", limits = DEFAULT_CODE_LIMITS }: ResendOptions = {},
): Promise<ResentCode> {
  const key = challengeKey(counters, challengeId);
  if (key === null) return { resent: false, reason: "gone", retryAfterSeconds: 0 };
  const { sendsPerHour, sendsPerDay, resendDelaysSeconds } = limits;
  const [verdict, ...details] = await counters.decide(RESEND, {
    keys: [key],
    args: [
      bindingDigest,
      sendsPerHour,
      sendsPerDay,
      ...resendDelaysSeconds.map((delay) => delay * 1000),
    ],
  });
  if (verdict === "resent") {
    const [payload, nextDelayMs, lifeLeftMs, resendsLeft] = details;
    return {
      resent: true,
      payload: String(payload),
      resendAfterSeconds: wholeSeconds(nextDelayMs),
      expiresInSeconds: wholeSeconds(lifeLeftMs),
      resendsLeft: Number(resendsLeft),
    };
  }
  const reason = verdict === "cooldown" || verdict === "limit" ? verdict : "gone";
  return { resent: false, reason, retryAfterSeconds: wholeSeconds(details[0]) };
}
