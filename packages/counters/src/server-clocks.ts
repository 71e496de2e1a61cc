import { Cluster, Command, type Redis } from "ioredis";
import type { RedisClient } from "./redis-client.ts";
import { withinTime } from "./within-time.ts";

const SAMPLES = 3;

export type ServerClocks = {
  /** Reads the clock of every server that takes writes; rejects when one does not answer. */
  learn(): Promise<void>;
  /** The deadline, in the clock of the server that holds `key`, `milliseconds` from now. */
  deadlineOf(key: string, milliseconds: number): number | undefined;
};

const nameOf = ({ options }: Redis) => `${options.host}:${options.port}`;

/**
 * How far a server's clock is ahead of ours, at least: its answer was made before it reached us. A
 * deadline computed from it is never later than the moment at which our caller gives up.
 */
async function readLead(server: Redis, timeoutMs: number): Promise<number> {
  let lead = Number.NEGATIVE_INFINITY;
  for (let sample = 0; sample < SAMPLES; sample += 1) {
    // The monotonic clock, because a step of our own wall clock must not move deadlines.
    const [seconds, micros] = await withinTime(server.time(), timeoutMs);
    lead = Math.max(lead, Number(seconds) * 1000 + Number(micros) / 1000 - performance.now());
  }
  return lead;
}

export function trackServerClocks(client: RedisClient, timeoutMs: number): ServerClocks {
  const leads = new Map<string, number>();

  const serverOf = (key: string): string | undefined => {
    if (!(client instanceof Cluster)) return nameOf(client);
    return client.slots[new Command("exists", [key]).getSlot()]?.[0];
  };

  return {
    learn: async () => {
      const servers = client instanceof Cluster ? client.nodes("master") : [client];
      await Promise.all(
        servers.map(async (server) => leads.set(nameOf(server), await readLead(server, timeoutMs))),
      );
    },
    deadlineOf: (key, milliseconds) => {
      const lead = leads.get(serverOf(key) ?? "");
      return lead === undefined ? undefined : Math.floor(performance.now() + lead + milliseconds);
    },
  };
}
