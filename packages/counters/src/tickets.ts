import type { Counters } from "./connection.ts";
import { requireDigest, requireLabel } from "./digest.ts";
import { defineScript } from "./script.ts";

// A ticket waits for somebody at another site: ten minutes are enough.
const LIFE_SECONDS_MAX = 600;

// KEYS: the ticket.
const KEEP = defineScript(`
  redis.call("SET", KEYS[1], ARGV[2], "PX", ARGV[3])
  return {}
`);

// One script, so that of many who bring one ticket a single one gets what it is worth.
const TAKE = defineScript(`
  local worth = redis.call("GET", KEYS[1])
  if not worth then return {} end
  redis.call("DEL", KEYS[1])
  return { worth }
`);

export type Ticket = {
  /** What it is good for; a ticket of one kind is none of another. */
  kind: string;
  /** Digest of the secret that its holder brings. */
  digest: string;
};

const keyOf = (counters: Counters, { kind, digest }: Ticket) =>
  counters.key("ticket", requireDigest(digest, "digest"), requireLabel(kind, "kind"));

/** Keeps what a ticket is worth, sealed by the caller, for at most 600 seconds. */
export async function keepTicket(
  counters: Counters,
  ticket: Ticket & { worth: string; lifeSeconds: number },
): Promise<void> {
  const { worth, lifeSeconds } = ticket;
  if (!(lifeSeconds > 0 && lifeSeconds <= LIFE_SECONDS_MAX)) {
    throw new RangeError(`a ticket lives for at most ${LIFE_SECONDS_MAX} seconds`);
  }
  const args = [worth, Math.round(lifeSeconds * 1000)];
  await counters.decide(KEEP, { keys: [keyOf(counters, ticket)], args });
}

/** Takes what a ticket is worth, once; null where it ended, was taken or never was. */
export async function takeTicket(counters: Counters, ticket: Ticket): Promise<string | null> {
  const [worth] = await counters.decide(TAKE, { keys: [keyOf(counters, ticket)], args: [] });
  return worth === undefined ? null : String(worth);
}
