import { eq, sql } from "drizzle-orm";
import { call } from "./client.ts";
import type { World } from "./world.ts";

/** Tokens of the same session, whose sign-in was so long ago. */
export async function ageSession(world: World, refreshToken: string, seconds: number) {
  const { refreshTokens } = world.tables;
  const age = sql`${refreshTokens.createdAt} - make_interval(secs => ${seconds})`;
  await world.db
    .update(refreshTokens)
    .set({ createdAt: age })
    .where(eq(refreshTokens.generation, 0));
  const { body } = await call(world, "POST /refresh", { body: { refreshToken } });
  return body as { accessToken: string; refreshToken: string };
}
