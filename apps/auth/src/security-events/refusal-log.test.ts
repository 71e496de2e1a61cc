import { blindIndex } from "@postern/crypto";
import { expect, test } from "vitest";
import { call, password } from "../testing/client.ts";
import { openWorld, type World } from "../testing/world.ts";
import { startRefusalLog } from "./refusal-log.ts";

const refusalOf = ({ digestKeys }: World) => ({
  identifierHint: "a***@example.com",
  identifierIndex: blindIndex(digestKeys, "login_attempts.identifier_index", "ada@example.com"),
  userId: null,
  ipAddress: "192.0.2.7",
  userAgent: null,
  attemptResult: "locked" as const,
  deviceId: null,
});

test("a flood in one lane is one row that says how many it stands for", async () => {
  await using world = await openWorld();
  const log = startRefusalLog(world);
  for (let turn = 0; turn < 5_000; turn += 1) {
    log.noteAttempt("lane", refusalOf(world));
  }
  await log.stop();
  const rows = await world.db.select().from(world.tables.loginAttempts);
  expect(rows).toMatchObject([{ attemptResult: "locked", failureReason: "refused 5000" }]);
  expect(log.dropped()).toBe(0);
});

test("more lanes than a minute has rows for are one event that counts them and their addresses (R-75)", async () => {
  await using world = await openWorld();
  const log = startRefusalLog(world);
  for (let lane = 0; lane < 20_000; lane += 1) {
    const ipAddress = `2001:db8:${(lane % 500).toString(16)}::${lane.toString(16)}`;
    log.noteAttempt(`lane ${lane}`, { ...refusalOf(world), ipAddress });
  }
  await log.stop();
  expect(await world.db.select().from(world.tables.loginAttempts)).toHaveLength(30);
  const events = await world.db.select().from(world.tables.securityEvents);
  expect(events).toMatchObject([
    {
      ...{ eventType: "login_failed", severity: "medium", ipAddress: null, userId: null },
      metadata: { reason: "locked", count: 19_970, addresses: 500 },
    },
  ]);
  expect(log.dropped()).toBe(0);
});

test("what the database does not take is counted as dropped, and nobody waits for it", async () => {
  await using world = await openWorld();
  const log = startRefusalLog(world);
  log.noteAttempt("lane", { ...refusalOf(world), ipAddress: "not an address" });
  log.noteAttempt("lane", refusalOf(world));
  await log.stop();
  expect(log.dropped()).toBe(2);
});

test("one row that the database does not take keeps no other out", async () => {
  await using world = await openWorld();
  const log = startRefusalLog(world);
  log.noteAttempt("bad", { ...refusalOf(world), ipAddress: "not an address" });
  log.noteAttempt("good", refusalOf(world));
  await log.stop();
  expect(log.dropped()).toBe(1);
  expect(await world.db.select().from(world.tables.loginAttempts)).toHaveLength(1);
});

test("500 codes for challenges that are gone are one row, not 500", async () => {
  await using world = await openWorld();
  const body = { challengeId: "1.nothing", code: "123456" };
  await Promise.all(Array.from({ length: 500 }, () => call(world, "POST /otp/verify", { body })));
  await world.refusals.stop();
  const rows = await world.db.select().from(world.tables.securityEvents);
  const counts = rows.map(({ metadata }) => Number(metadata.count));
  expect(rows.length).toBeLessThan(10);
  expect(counts.reduce((sum, count) => sum + count, 0)).toBe(500);
});

test("sign-ins at a locked lane leave a locked row, and no event that a comparison was made", async () => {
  await using world = await openWorld();
  const body = { email: "nobody@example.com", password };
  for (let guess = 0; guess < 5; guess += 1) {
    await call(world, "POST /login", { body });
  }
  await Promise.all(Array.from({ length: 50 }, () => call(world, "POST /login", { body })));
  await world.refusals.stop();
  const rows = await world.db.select().from(world.tables.loginAttempts);
  const locked = rows.filter(({ attemptResult }) => attemptResult === "locked");
  // Two where the first second ended in between.
  expect(locked.length).toBeLessThanOrEqual(2);
  const counts = locked.map(({ failureReason }) => Number(failureReason?.replace("refused ", "")));
  expect(counts.reduce((sum, count) => sum + count, 0)).toBe(50);
  expect(rows.filter(({ attemptResult }) => attemptResult === "unknown_account")).toHaveLength(5);
});
