import { testRedisUrl } from "@postern/devkit";
import { Redis } from "ioredis";
import type { World } from "../../testing/world.ts";

/** Every key and value of this world as one text. */
export async function dumpRedis({ keyPrefix }: Pick<World, "keyPrefix">): Promise<string> {
  const redis = new Redis(testRedisUrl());
  try {
    const keys = await redis.keys(`${keyPrefix}*`);
    const dumps = await Promise.all(keys.map((key) => redis.dumpBuffer(key)));
    return [...keys, ...dumps.map((dump) => dump?.toString("latin1") ?? "")].join("\n");
  } finally {
    redis.disconnect();
  }
}
