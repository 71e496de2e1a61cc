import { totpCode } from "@postern/devkit";
import { eq } from "drizzle-orm";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { openWorld } from "../testing/world.ts";
import { eventTypes, firstStep, stopClock, verify, withTotp } from "./testing/factors.ts";

beforeEach(stopClock);
afterEach(() => vi.useRealTimers());

test("five wrong codes lock the second step over all pending tokens, and the owner is told (R-15)", async () => {
  await using world = await openWorld();
  const { secret } = await withTotp(world);
  const codes: string[] = [];
  for (let guess = 0; guess < 5; guess++) {
    const { pendingToken } = await firstStep(world);
    codes.push((await verify(world, { pendingToken, method: "totp", code: "000000" })).body.code);
  }
  expect(codes).toEqual(Array(5).fill("invalid_code"));
  const { pendingToken } = await firstStep(world);
  const locked = await verify(world, { pendingToken, method: "totp", code: totpCode(secret) });
  expect(locked).toMatchObject({ status: 429, body: { code: "account_locked" } });
  expect(Number(locked.headers["retry-after"])).toBeGreaterThan(800);
  const events = await eventTypes(world);
  expect(events.filter((type) => type === "two_factor_failed")).toHaveLength(5);
  expect(events.filter((type) => type === "login_failed")).toHaveLength(5);
  expect(events).toContain("account_locked");
  const { loginAttempts, emailDeliveryLog } = world.tables;
  const failed = await world.db
    .select()
    .from(loginAttempts)
    .where(eq(loginAttempts.attemptResult, "failed_second_factor"));
  expect(failed).toHaveLength(5);
  const mails = await world.db
    .select()
    .from(emailDeliveryLog)
    .where(eq(emailDeliveryLog.template, "account_locked"));
  expect(mails).toHaveLength(1);
});

test("200 guesses at once over many pending tokens get five comparisons (R-12, R-15)", async () => {
  await using world = await openWorld();
  await withTotp(world);
  const pending = [await firstStep(world), await firstStep(world)];
  const answers = await Promise.all(
    Array.from({ length: 200 }, (_, at) =>
      verify(world, {
        pendingToken: pending[at % 2]?.pendingToken,
        method: "totp",
        code: String(900_000 + at),
      }),
    ),
  );
  expect(answers.filter(({ status }) => status === 401).length).toBeLessThanOrEqual(5);
  expect(answers.every(({ status }) => status === 401 || status === 429)).toBe(true);
});

test.for([123456, ["123456"], { $ne: 1 }, null, true, "", "1".repeat(65)])(
  "%j is no code, and costs no attempt (A-25)",
  async (code) => {
    await using world = await openWorld();
    await withTotp(world);
    const { pendingToken } = await firstStep(world);
    expect((await verify(world, { pendingToken, method: "totp", code })).status).toBe(400);
    expect(await eventTypes(world)).not.toContain("two_factor_failed");
  },
);
