import { type Log, watchAvailability } from "./availability.ts";
import type { Counters } from "./connection.ts";
import { openRedisClient } from "./redis-client.ts";
import { defineScript } from "./script.ts";
import { withinTime } from "./within-time.ts";

const CHANNEL = "revocations";

// Some 40 kB a message: a bulk ending must not hold Redis up.
const SESSIONS_PER_MESSAGE = 1000;

const SUBSCRIBE_MS = 1000;

// KEYS: a name that is never written and only says which server publishes. A script, so that this
// too does nothing past its deadline.
const ANNOUNCE = defineScript(`
  return { redis.call("PUBLISH", ARGV[2], ARGV[3]) }
`);

/**
 * Tells every listening process that these sessions have ended. A notice only: who misses it reads
 * it from the revocations table (D8), so a caller may let CountersAwayError pass.
 */
export async function announceRevocations(
  counters: Counters,
  sessionIds: readonly string[],
): Promise<void> {
  for (let start = 0; start < sessionIds.length; start += SESSIONS_PER_MESSAGE) {
    const message = JSON.stringify(sessionIds.slice(start, start + SESSIONS_PER_MESSAGE));
    await counters.decide(ANNOUNCE, {
      keys: [counters.key(CHANNEL, CHANNEL)],
      args: [counters.channel(CHANNEL), message],
    });
  }
}

export type RevocationListener = AsyncDisposable & {
  /** "up" while subscribed. What was announced meanwhile is not heard later. */
  state(): "up" | "away";
};

export type ListenOptions = { url: string; keyPrefix?: string; log?: Log };

function parseSessionIds(message: string): string[] {
  try {
    const value: unknown = JSON.parse(message);
    return Array.isArray(value) ? value.filter((id) => typeof id === "string") : [];
  } catch {
    // Not one of ours. The channel has no other writer, and the table decides in any case.
    return [];
  }
}

/**
 * Calls `onSessions` with the sessions that any process announces as ended, on a connection of its
 * own. It subscribes again by itself whenever Redis comes back.
 */
export function listenForRevocations(
  { url, keyPrefix = "postern:", log }: ListenOptions,
  onSessions: (sessionIds: string[]) => void,
): RevocationListener {
  const client = openRedisClient(url);
  client.on("message", (_channel: string, message: string) => {
    const sessionIds = parseSessionIds(message);
    if (sessionIds.length > 0) onSessions(sessionIds);
  });
  // Subscribing twice is the same as once, so the subscription is also the probe of the connection.
  const subscribe = async () => {
    await withinTime(client.subscribe(`${keyPrefix}${CHANNEL}`), SUBSCRIBE_MS);
  };
  const availability = watchAvailability(client, subscribe, log);
  return {
    state: () => availability.state(),
    [Symbol.asyncDispose]: async () => availability[Symbol.dispose](),
  };
}
