import type { Counters } from "./connection.ts";
import { requireLabel } from "./digest.ts";
import { defineScript } from "./script.ts";
import type { Throttle } from "./throttle.ts";

// One count of this window and one of the window before, weighed by how much of it still lies in the
// last "span": no list of times, so a key that is used a thousand times a second costs no more.
const COUNT = defineScript(`
  local span = tonumber(ARGV[2])
  local window = math.floor(now / span)
  local seen = redis.call("HMGET", KEYS[1], "window", "count", "before")
  local last, count, before = tonumber(seen[1]) or window, tonumber(seen[2]) or 0, tonumber(seen[3]) or 0
  if window > last then
    before = window == last + 1 and count or 0
    count = 0
  end
  count = count + 1
  redis.call("HSET", KEYS[1], "window", window, "count", count, "before", before)
  redis.call("PEXPIRE", KEYS[1], span * 2)
  return { count + math.floor(before * (1 - (now % span) / span)), span - now % span }
`);

export type CountedUse = {
  /** Uses in the last window, this one included; a part of the window before is estimated. */
  uses: number;
  retryAfterSeconds: number;
};

/**
 * Counts a use where the limit is not known yet: it is read from PostgreSQL at the same time. Refused
 * uses count too, so whoever does not slow down stays refused.
 */
export async function countUse(
  counters: Counters,
  { name, subject, windowSeconds }: Throttle & { windowSeconds: number },
): Promise<CountedUse> {
  const [uses, waitMs] = await counters.decide(COUNT, {
    keys: [counters.key("use", requireLabel(subject, "subject"), requireLabel(name, "name"))],
    args: [windowSeconds * 1000],
  });
  return { uses: Number(uses), retryAfterSeconds: Math.ceil(Number(waitMs) / 1000) };
}
