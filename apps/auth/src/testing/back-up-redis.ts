import { testRedisUrl } from "@postern/devkit";
import { Redis } from "ioredis";
import type { World } from "./world.ts";

/** Copies what this world keeps in Redis; the function it returns puts it back, as an old dump would. */
export async function backUpRedis({ keyPrefix }: World): Promise<() => Promise<void>> {
  const keys = await withRedis((redis) => redis.keys(`${keyPrefix}*`));
  const dumps = await withRedis((redis) => Promise.all(keys.map((key) => redis.dumpBuffer(key))));
  return () =>
    withRedis(async (redis) => {
      for (const [index, key] of keys.entries()) {
        await redis.restore(key, 300_000, dumps[index] as Buffer, "REPLACE");
      }
    });
}

async function withRedis<T>(work: (redis: Redis) => Promise<T>): Promise<T> {
  const redis = new Redis(testRedisUrl());
  try {
    return await work(redis);
  } finally {
    redis.disconnect();
  }
}
