import { startRedis, totpCode } from "@postern/devkit";
import { expect, test } from "vitest";
import { call } from "../testing/client.ts";
import { openWorld } from "../testing/world.ts";
import { enableSent, firstStep, openAccount, verify, withTotp } from "./testing/factors.ts";

test("a frozen Redis: an app still passes the second step, five guesses still lock it (R-12, R-70)", async () => {
  await using redis = await startRedis();
  await using world = await openWorld({ redisUrl: redis.url });
  const { secret, backupCodes } = await withTotp(world);
  const first = await firstStep(world);
  await redis.freeze();
  const code = totpCode(secret, 1);
  const { pendingToken } = await firstStep(world);
  expect((await verify(world, { pendingToken, method: "totp", code })).status).toBe(200);
  for (let guess = 0; guess < 5; guess++) {
    const { pendingToken } = first;
    const wrong = await verify(world, { pendingToken, method: "totp", code: "000000" });
    expect(wrong.status).toBe(401);
  }
  const body = { pendingToken: first.pendingToken, method: "backup_code", code: backupCodes[0] };
  expect(await verify(world, body)).toMatchObject({
    status: 429,
    body: { code: "account_locked" },
  });
});

test("a frozen Redis: sent codes answer 503 with Retry-After within a second, and open nothing (R-70)", async () => {
  await using redis = await startRedis();
  await using world = await openWorld({ redisUrl: redis.url });
  const { accessToken: token } = await openAccount(world);
  await enableSent(world, token, "email");
  const { pendingToken } = await firstStep(world);
  await redis.freeze();
  const startedAt = performance.now();
  const answers = await Promise.all([
    call(world, "POST /2fa/challenge", { body: { pendingToken, method: "email" } }),
    verify(world, { pendingToken, method: "email", code: "123456" }),
  ]);
  expect(performance.now() - startedAt).toBeLessThan(1_000);
  for (const { status, headers } of answers) {
    expect(status).toBe(503);
    expect(headers["retry-after"]).toBeDefined();
  }
});
