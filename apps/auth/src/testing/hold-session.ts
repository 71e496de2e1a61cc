import { setTimeout as sleep } from "node:timers/promises";
import { eq, sql } from "drizzle-orm";
import { decodeJwt } from "jose";
import type { World } from "./world.ts";

/** Does something while the rows of a session are locked, so that whoever ends it stands still. */
export async function whileHeld<T>(
  world: World,
  accessToken: string,
  work: () => Promise<T>,
): Promise<T> {
  const { refreshTokens } = world.tables;
  return world.owner.transaction(async (owner) => {
    const { sid } = decodeJwt(accessToken);
    const its = eq(refreshTokens.familyId, String(sid));
    await owner.select().from(refreshTokens).where(its).for("update");
    return work();
  });
}

/** Returns once so many connections wait for a lock. */
export async function untilWaiting(world: World, most: number): Promise<void> {
  const waits = sql`select 1 from pg_stat_activity
    where wait_event_type = 'Lock' and datname = current_database()`;
  while ((await world.owner.execute(waits)).length < most) {
    await sleep(5);
  }
}
