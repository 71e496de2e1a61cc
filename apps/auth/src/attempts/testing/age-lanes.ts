import { testRedisUrl } from "@postern/devkit";
import { sql } from "drizzle-orm";
import { Redis } from "ioredis";
import type { World } from "../../testing/world.ts";

/** Lets time pass over every lane. What Redis counts is forgotten: it holds 15 minutes at most. */
export async function ageLanes(world: World, seconds: number): Promise<void> {
  const past = sql`make_interval(secs => ${seconds})`;
  await world.db.execute(sql`
    update ${world.tables.attemptLanes} set window_started_at = window_started_at - ${past},
      locked_until = locked_until - ${past},
      failed_at = array(select f - ${past} from unnest(failed_at) f order by f),
      reserved_until = array(select r - ${past} from unnest(reserved_until) r order by r)`);
  const redis = new Redis(testRedisUrl());
  const keys = await redis.keys(`${world.keyPrefix}attempt-*`);
  await (keys.length > 0 && redis.del(keys));
  redis.disconnect();
}
