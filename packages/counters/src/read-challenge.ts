import { challengeKey } from "./challenge-key.ts";
import type { Counters } from "./connection.ts";
import type { CodeLane } from "./open-challenge.ts";
import { defineScript } from "./script.ts";

const READ = defineScript(`
  return redis.call("HMGET", KEYS[1], "payload", "purpose", "lane", "created_at", "expires_at", "used")
`);

/** Times are in Redis's clock, milliseconds since 1970. */
export type OpenChallenge = {
  payload: string;
  purpose: string;
  lane: CodeLane;
  createdAtMs: number;
  expiresAtMs: number;
};

/** What an open challenge holds, without spending anything; null once used up, used or expired. */
export async function readChallenge(
  counters: Counters,
  challengeId: string,
): Promise<OpenChallenge | null> {
  const key = challengeKey(counters, challengeId);
  if (key === null) return null;
  const [payload, purpose, lane, createdAt, expiresAt, used] = await counters.decide(READ, {
    keys: [key],
    args: [],
  });
  if (typeof payload !== "string" || used) return null;
  return {
    payload,
    purpose: String(purpose),
    lane: lane === "own" || lane === "pending" ? lane : "stranger",
    createdAtMs: Number(createdAt),
    expiresAtMs: Number(expiresAt),
  };
}
