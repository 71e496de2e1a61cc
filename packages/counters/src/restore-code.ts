import { challengeKey } from "./challenge-key.ts";
import type { Counters } from "./connection.ts";
import { defineScript } from "./script.ts";

// KEYS: the challenge, as a right code left it. Its end has not moved.
const RESTORE = defineScript(`
  local fields = redis.call("HMGET", KEYS[1], "used", "live", "id", "expires_at")
  if not fields[1] then return {} end
  redis.call("HDEL", KEYS[1], "used")
  redis.call("ZADD", fields[2], fields[4], fields[3])
  return {}
`);

/**
 * Makes a challenge whose code was right usable once more, until its old end: for a caller that could
 * not do what the code was for. Single use is PostgreSQL's to judge, so this opens nothing twice.
 */
export async function restoreCode(counters: Counters, challengeId: string): Promise<void> {
  const key = challengeKey(counters, challengeId);
  if (key !== null) {
    await counters.decide(RESTORE, { keys: [key], args: [] });
  }
}
