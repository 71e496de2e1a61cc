import { challengeKey } from "./challenge-key.ts";
import type { Counters } from "./connection.ts";
import { defineScript } from "./script.ts";

// KEYS: the challenge. The sends it was charged to are named in it and share its slot; which entry
// goes does not matter, they were made in the same millisecond or are older and lapse sooner.
const WITHDRAW = defineScript(`
  local fields = redis.call("HMGET", KEYS[1], "sends", "live", "id", "cooldown")
  if not fields[1] then return {} end
  redis.call("DEL", KEYS[1], fields[4])
  redis.call("ZREM", fields[2], fields[3])
  redis.call("RPOP", fields[1])
  return {}
`);

/**
 * Takes back a challenge whose code will not be sent: it opens nothing, no longer counts in the
 * recipient's sends, and nobody waits for its cooldown.
 */
export async function withdrawChallenge(counters: Counters, challengeId: string): Promise<void> {
  const key = challengeKey(counters, challengeId);
  if (key !== null) {
    await counters.decide(WITHDRAW, { keys: [key], args: [] });
  }
}
