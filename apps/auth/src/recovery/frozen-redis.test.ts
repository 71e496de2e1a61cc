import { setTimeout as sleep } from "node:timers/promises";
import { startRedis } from "@postern/devkit";
import { expect, test } from "vitest";
import { call, password, signUp } from "../testing/client.ts";
import { readLink } from "../testing/read-link.ts";
import { openWorld } from "../testing/world.ts";

const email = "ada@example.com";
const newPassword = "a different horse entirely";

test("a frozen Redis: forgot, reset and change answer 503 within a second, and nothing runs after the thaw (R-70)", async () => {
  await using redis = await startRedis();
  await using world = await openWorld({ redisUrl: redis.url });
  const { accessToken: token } = await signUp(world);
  await call(world, "POST /password/forgot", { body: { email } });
  const link = await readLink(world);
  await redis.freeze();
  const startedAt = performance.now();
  const refused = await Promise.all([
    call(world, "POST /password/forgot", { body: { email } }),
    call(world, "POST /password/reset", { body: { token: link, newPassword } }),
    call(world, "POST /password/change", {
      token,
      body: { currentPassword: password, newPassword },
    }),
  ]);
  expect(performance.now() - startedAt).toBeLessThan(1_500);
  expect(refused.map(({ status }) => status)).toEqual([503, 503, 503]);
  expect(refused.every(({ headers }) => headers["retry-after"] !== undefined)).toBe(true);

  await redis.thaw();
  while (world.counters.state() !== "up") {
    await sleep(20);
  }
  expect(await world.db.select().from(world.tables.accountRecovery)).toHaveLength(1);
  expect((await call(world, "POST /login", { body: { email, password } })).status).toBe(200);
  const body = { token: link, newPassword };
  expect((await call(world, "POST /password/reset", { body })).status).toBe(204);
});
