import { Redis } from "ioredis";
import { bad, type Check, good } from "./check.ts";

const ANSWER_MILLISECONDS = 2_000;

/**
 * Redis must not throw counters away to make room: each would be a lock that is lifted, and a code
 * that can be guessed at anew. What it loses in a restart PostgreSQL still has, so how it is kept
 * is only told.
 */
export const checkRedis: Check = {
  name: "redis",
  look: async ({ redisUrl }) => {
    const client = new Redis(redisUrl.split(",")[0] ?? redisUrl, {
      lazyConnect: true,
      connectTimeout: ANSWER_MILLISECONDS,
      commandTimeout: ANSWER_MILLISECONDS,
      retryStrategy: () => null,
    });
    client.on("error", () => undefined);
    try {
      await client.connect();
      return judge(parse(await client.info()));
    } catch {
      return bad("it cannot be reached, or refused the user");
    } finally {
      client.disconnect();
    }
  },
};

function judge(info: ReadonlyMap<string, string>) {
  const policy = info.get("maxmemory_policy") ?? "unknown";
  const limit = Number(info.get("maxmemory") ?? 0);
  if (info.get("role") === "slave") return bad("the server is a replica, which takes no writes");
  if (policy !== "noeviction" && policy !== "unknown") {
    return bad(`maxmemory-policy is ${policy}: set noeviction, or counters are thrown away`);
  }
  const room = limit === 0 ? "no limit of memory" : `${Math.round(limit / 2 ** 20)} MiB`;
  const kept =
    info.get("aof_enabled") === "1" ? "kept in an append-only file" : "kept by snapshots";
  return good(`Redis ${info.get("redis_version") ?? ""}, ${policy}, ${room}, ${kept}`);
}

const parse = (info: string): ReadonlyMap<string, string> =>
  new Map(
    info.split("\r\n").flatMap((line) => {
      const [name = "", value] = line.split(":");
      return value === undefined ? [] : [[name, value] as const];
    }),
  );
