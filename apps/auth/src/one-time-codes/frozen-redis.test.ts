import { setTimeout as sleep } from "node:timers/promises";
import { startRedis } from "@postern/devkit";
import { isNotNull } from "drizzle-orm";
import { expect, test } from "vitest";
import { call, password, signUp } from "../testing/client.ts";
import { openWorld, type World } from "../testing/world.ts";

const email = "ada@example.com";

const askToSignIn = (world: World) =>
  call(world, "POST /otp/send", { body: { purpose: "sign_in", channel: "email", email } });

test("a frozen Redis: codes answer 503 within a second, sign-in goes on, nothing runs after the thaw (R-70)", async () => {
  await using redis = await startRedis();
  await using world = await openWorld({ redisUrl: redis.url });
  await signUp(world);
  await redis.freeze();
  const startedAt = performance.now();
  const refused = await Promise.all(Array.from({ length: 20 }, () => askToSignIn(world)));
  expect(performance.now() - startedAt).toBeLessThan(1_000);
  for (const { status, headers, body } of refused) {
    expect(status).toBe(503);
    expect(headers["retry-after"]).toBeDefined();
    expect(body.code).toBe("service_unavailable");
  }
  expect((await call(world, "POST /login", { body: { email, password } })).status).toBe(200);
  for (let guess = 0; guess < 5; guess += 1) {
    const wrong = await call(world, "POST /login", { body: { email, password: "wrong" } });
    expect(wrong.status).toBe(401);
  }
  const locked = await call(world, "POST /login", { body: { email, password } });
  expect(locked).toMatchObject({ status: 429, body: { code: "account_locked" } });

  await redis.thaw();
  while (world.counters.state() !== "up") {
    await sleep(20);
  }
  const { emailDeliveryLog } = world.tables;
  const codes = isNotNull(emailDeliveryLog.challengeId);
  expect(await world.db.select().from(emailDeliveryLog).where(codes)).toEqual([]);
  // Had one of the refused sends run, the cooldown would refuse this one.
  expect((await askToSignIn(world)).status).toBe(202);
});
