import { randomUUID } from "node:crypto";
import type { Counters } from "./connection.ts";
import { requireLabel } from "./digest.ts";
import { defineScript } from "./script.ts";
import { wholeSeconds } from "./seconds.ts";
import type { Throttle } from "./throttle.ts";

// KEYS: who has the hold.
const TAKE = defineScript(`
  local leftMs = redis.call("PTTL", KEYS[1])
  if leftMs > 0 then return { 0, leftMs } end
  redis.call("SET", KEYS[1], ARGV[2], "PX", ARGV[3])
  return { 1, 0 }
`);

// A hold that lapsed and was taken by another is theirs.
const RELEASE = defineScript(`
  if redis.call("GET", KEYS[1]) == ARGV[2] then redis.call("DEL", KEYS[1]) end
  return {}
`);

export type HoldOptions = Throttle & {
  /** After this it lapses, should its holder be gone. */
  lifeSeconds: number;
};

export type Hold =
  | { isMine: true; release: () => Promise<void> }
  | { isMine: false; retryAfterSeconds: number };

/**
 * Takes what one may have at a time, over all processes, until it is released or lapses. Of many
 * who ask at once a single one gets it.
 */
export async function takeHold(
  counters: Counters,
  { name, subject, lifeSeconds }: HoldOptions,
): Promise<Hold> {
  const keys = [
    counters.key("hold", requireLabel(subject, "subject"), requireLabel(name, "name")),
  ] as const;
  const holder = randomUUID();
  const [isMine, leftMs] = await counters.decide(TAKE, {
    keys: [...keys],
    args: [holder, lifeSeconds * 1000],
  });
  return isMine === 1
    ? {
        isMine: true,
        release: async () =>
          void (await counters.decide(RELEASE, { keys: [...keys], args: [holder] })),
      }
    : { isMine: false, retryAfterSeconds: wholeSeconds(leftMs) };
}
