import type { Counters } from "./connection.ts";
import { requireLabel } from "./digest.ts";
import { defineScript } from "./script.ts";
import { wholeSeconds } from "./seconds.ts";

// Each unit spent is one entry of about ten bytes, so this bounds a key to 100 kB.
const LIMIT_MAX = 10_000;

// KEYS: the times of what was spent. Exact over every window, unlike a counter that is reset on the
// hour and lets twice the limit through around the reset.
const THROTTLE = defineScript(`
  local limit, span, cost = tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[4])
  prune(KEYS[1], now - span)
  local waitMs = wait(KEYS[1], span, limit - cost + 1)
  if waitMs > 0 then return { 0, waitMs, limit - redis.call("LLEN", KEYS[1]) } end
  for _ = 1, cost do note(KEYS[1], span, limit) end
  return { 1, 0, limit - redis.call("LLEN", KEYS[1]) }
`);

const REFUND = defineScript(`
  redis.call("RPOP", KEYS[1], ARGV[2])
  return {}
`);

export type Throttle = {
  /** What is limited, e.g. "otp-sends". */
  name: string;
  /** Whom it is limited for: a digest of an address or account, or an opaque id. Never in clear. */
  subject: string;
};

export type ThrottleLimit = Throttle & {
  /** Units in any window, 1 to 10,000. */
  limit: number;
  windowSeconds: number;
  /** Units this call spends, 1 to `limit`. */
  cost?: number;
};

export type Throttled = { allowed: boolean; retryAfterSeconds: number; remaining: number };

const keyOf = (counters: Counters, { name, subject }: Throttle) =>
  counters.key("throttle", requireLabel(subject, "subject"), requireLabel(name, "name"));

function requireLimit({ limit, windowSeconds, cost = 1 }: ThrottleLimit) {
  const isWhole = [limit, windowSeconds, cost].every(Number.isSafeInteger);
  if (isWhole && cost >= 1 && limit >= cost && limit <= LIMIT_MAX && windowSeconds >= 1) return;
  throw new RangeError("a throttle needs whole numbers, 1 <= cost <= limit <= 10000");
}

/**
 * Spends `cost` units of a subject's limit, or nothing when fewer are left. In no window of
 * `windowSeconds`, wherever it begins, is more than `limit` spent, whatever the parallelism.
 */
export async function throttle(counters: Counters, options: ThrottleLimit): Promise<Throttled> {
  requireLimit(options);
  const [allowed, waitMs, remaining] = await counters.decide(THROTTLE, {
    keys: [keyOf(counters, options)],
    args: [options.limit, options.windowSeconds * 1000, options.cost ?? 1],
  });
  return {
    allowed: allowed === 1,
    retryAfterSeconds: wholeSeconds(waitMs),
    remaining: Math.max(0, Number(remaining)),
  };
}

/** Gives units back: a send that was verified no longer counts as one that was not. */
export async function refundThrottle(
  counters: Counters,
  { cost = 1, ...of }: Throttle & { cost?: number },
): Promise<void> {
  await counters.decide(REFUND, { keys: [keyOf(counters, of)], args: [cost] });
}
