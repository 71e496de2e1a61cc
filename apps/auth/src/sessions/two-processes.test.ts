import { setTimeout as sleep } from "node:timers/promises";
import { listenForRevocations } from "@postern/counters";
import { startRedis } from "@postern/devkit";
import { expect, test } from "vitest";
import { openBrowser } from "../testing/browser.ts";
import { call, password, signUp } from "../testing/client.ts";
import { openWorld, type World } from "../testing/world.ts";

const login = { email: "ada@example.com", password, transport: "cookie" };

async function expectRefusedWithinASecond(world: World, token: string): Promise<number> {
  const endedAt = performance.now();
  while ((await call(world, "GET /session", { token })).status !== 401) {
    expect(performance.now() - endedAt).toBeLessThan(1_000);
    await sleep(5);
  }
  return performance.now() - endedAt;
}

test("behind one Redis and one PostgreSQL, what one process ends the other refuses, with Redis and without (R-38, A-17)", async () => {
  await using redis = await startRedis();
  await using one = await openWorld({ redisUrl: redis.url });
  const { databaseUrl, keyPrefix } = one;
  await using two = await openWorld({ redisUrl: redis.url, databaseUrl, keyPrefix });
  await using listener = listenForRevocations({ url: redis.url, keyPrefix }, two.revocations.add);
  while (listener.state() !== "up") {
    await sleep(5);
  }
  await signUp(one);
  const browser = openBrowser(one);
  const first = (await browser.call("POST /login", { body: login })).body;
  expect((await call(two, "GET /session", { token: first.accessToken })).status).toBe(200);
  const headers = await browser.withCsrf();
  const cookie = `__Host-postern_refresh=${browser.jar.get("__Host-postern_refresh")}`;
  await browser.call("POST /logout", { body: {}, headers });
  // Announced, not polled for.
  expect(await expectRefusedWithinASecond(two, first.accessToken)).toBeLessThan(400);
  const replayed = await call(two, "POST /refresh", { body: {}, headers: { ...headers, cookie } });
  expect(replayed.status).toBe(401);

  const second = (await browser.call("POST /login", { body: login })).body;
  expect((await call(two, "GET /session", { token: second.accessToken })).status).toBe(200);
  await redis.freeze();
  expect((await call(one, "POST /logout", { token: second.accessToken })).status).toBe(204);
  await expectRefusedWithinASecond(two, second.accessToken);
  await redis.thaw();
});

test("a CSRF token of one process is good on the other", async () => {
  await using one = await openWorld();
  const { databaseUrl, keyPrefix } = one;
  await using two = await openWorld({ databaseUrl, keyPrefix });
  await signUp(one);
  const browser = openBrowser(one);
  await browser.call("POST /login", { body: login });
  const headers = {
    ...(await browser.withCsrf()),
    cookie: `__Host-postern_refresh=${browser.jar.get("__Host-postern_refresh")}`,
  };
  expect((await call(two, "POST /refresh", { body: {}, headers })).status).toBe(200);
});
