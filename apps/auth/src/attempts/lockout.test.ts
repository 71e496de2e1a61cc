import { randomBytes } from "node:crypto";
import { openMessage } from "@postern/messages";
import { and, eq } from "drizzle-orm";
import { expect, test } from "vitest";
import { call, password, signUp } from "../testing/client.ts";
import { openWorld, type World } from "../testing/world.ts";
import { clearLocks, forgetLocks } from "./clear-locks.ts";
import { ownLane, strangerLane } from "./lanes.ts";
import { recordFailure } from "./record-failure.ts";
import { reserveAttempt } from "./reserve-attempt.ts";
import { ageLanes } from "./testing/age-lanes.ts";

const email = "ada@example.com";
const origin = {
  ipAddress: "192.0.2.7",
  network: "192.0.2.7",
  userAgent: null,
  acceptLanguage: null,
};

const login = (world: World, body: object) =>
  call(world, "POST /login", { body: { email, password, ...body } });

async function guess(world: World, times: number, body: object = {}) {
  for (let turn = 0; turn < times; turn += 1) {
    const answer = await login(world, { password: "wrong", ...body });
    expect(answer.body.code).toBe("invalid_credentials");
  }
}

const lockedFor = async (world: World, body: object = {}) => {
  const answer = await login(world, body);
  expect(answer.body.code).toBe("account_locked");
  return Number(answer.headers["retry-after"]);
};

const eventsOf = ({ db, tables: { securityEvents } }: World, eventType: string) =>
  db.select().from(securityEvents).where(eq(securityEvents.eventType, eventType));

const lockMails = async (world: World) => {
  const log = world.tables.emailDeliveryLog;
  const rows = await world.db.select().from(log).where(eq(log.template, "account_locked"));
  return rows.map((row) => openMessage(world, row as Parameters<typeof openMessage>[1]));
};

test("each lock is twice as long, up to a day, and a day later it is forgotten (R-12)", async () => {
  await using world = await openWorld();
  const { deviceToken } = await signUp(world);
  const lengths = [];
  for (let lock = 0; lock < 9; lock += 1) {
    await guess(world, 5);
    const seconds = await lockedFor(world);
    lengths.push(Math.round(seconds / 60) * 60);
    await ageLanes(world, seconds);
  }
  expect(lengths).toEqual([900, 1800, 3600, 7200, 14_400, 28_800, 57_600, 86_400, 86_400]);
  await ageLanes(world, 86_400);
  await guess(world, 5);
  expect(await lockedFor(world)).toBeLessThanOrEqual(900);
  expect((await login(world, { deviceToken })).status).toBe(200);
});

test("a known device's lane locks by itself and locks no stranger out (R-13)", async () => {
  await using world = await openWorld();
  const { deviceToken } = await signUp(world);
  await guess(world, 5, { deviceToken });
  expect(await lockedFor(world, { deviceToken })).toBeGreaterThan(890);
  expect((await login(world, {})).status).toBe(200);
});

test("whoever guesses too slowly for the lock meets the bound of a day: 40", async () => {
  await using world = await openWorld();
  for (let turn = 0; turn < 13; turn += 1) {
    await guess(world, 3);
    await ageLanes(world, 901);
  }
  await guess(world, 1);
  // 13 quarters of an hour have passed since the first three of the forty.
  const seconds = await lockedFor(world);
  expect(seconds).toBeGreaterThan(86_400 - 13 * 901 - 60);
  expect(seconds).toBeLessThanOrEqual(86_400 - 13 * 901);
});

test("the owner gets one mail a lock, with its end, and nobody one for an address that has no account", async () => {
  await using world = await openWorld();
  await signUp(world);
  const answers = await Promise.all(
    Array.from({ length: 50 }, () => login(world, { password: "wrong" })),
  );
  expect(answers.filter(({ status }) => status === 401)).toHaveLength(5);
  await Promise.all(
    Array.from({ length: 50 }, () => login(world, { email: "nobody@example.com" })),
  );
  const [mail, ...more] = await lockMails(world);
  expect(more).toEqual([]);
  expect(mail).toMatchObject({ to: email });
  const [user] = await world.db.select().from(world.tables.users);
  const variables = mail!.variables as { until: string };
  const until = Date.parse(variables.until);
  expect(until - user!.accountLockedUntil!.getTime()).toBeGreaterThanOrEqual(0);
  expect(until - user!.accountLockedUntil!.getTime()).toBeLessThan(70_000);
  expect(await eventsOf(world, "account_locked")).toHaveLength(2);
});

test("the third lock in a row is brute force, and says so once", async () => {
  await using world = await openWorld();
  await signUp(world);
  for (let lock = 0; lock < 3; lock += 1) {
    expect(await eventsOf(world, "brute_force_detected")).toEqual([]);
    await guess(world, 5);
    await ageLanes(world, await lockedFor(world));
  }
  expect(await eventsOf(world, "brute_force_detected")).toMatchObject([{ severity: "high" }]);
});

test("unlocking ends the account's locks for strangers and devices, and is an event (R-15)", async () => {
  await using world = await openWorld();
  const { deviceToken, user } = await signUp(world);
  await guess(world, 5);
  await guess(world, 5, { deviceToken });
  const factor = ownLane(world.digestKeys, "second_factor", user.id);
  await fail(world, factor, user.id);
  const scopes = await clearLocks(world, world, { userId: user.id, reason: "recovery", origin });
  await forgetLocks(world, scopes);
  expect((await login(world, {})).status).toBe(200);
  expect((await login(world, { deviceToken })).status).toBe(200);
  expect(await eventsOf(world, "account_unlocked")).toMatchObject([
    { userId: user.id, metadata: { reason: "recovery" } },
  ]);
  // The mailbox gives back no guesses at the second factor; an operator may.
  const lanes = world.tables.attemptLanes;
  const kept = and(eq(lanes.laneDigest, factor.digest), eq(lanes.failures, 1));
  expect(await world.db.select().from(lanes).where(kept)).toHaveLength(1);
  await clearLocks(world, world, { userId: user.id, reason: "admin", origin });
  expect(await world.db.select().from(lanes)).toEqual([]);
});

test("a lane of an account's own is locked by its own failures alone, and tells the owner", async () => {
  await using world = await openWorld();
  const { user } = await signUp(world);
  await guess(world, 5);
  const lane = ownLane(world.digestKeys, "step_up", user.id);
  for (let turn = 0; turn < 5; turn += 1) {
    await fail(world, lane, user.id);
  }
  await expect(reserveAttempt(world, lane, origin)).rejects.toMatchObject({
    code: "account_locked",
  });
  const other = ownLane(world.digestKeys, "password_change", user.id);
  const attempt = await reserveAttempt(world, other, origin);
  await attempt.settle("released");
  expect(await lockMails(world)).toHaveLength(2);
});

test("a success or a release is settled once, whatever is said after it", async () => {
  await using world = await openWorld();
  const lane = strangerLane(world.digestKeys, randomBytes(8).toString("hex"));
  const attempts = await Promise.all(
    Array.from({ length: 5 }, () => reserveAttempt(world, lane, origin)),
  );
  await attempts[0]!.settle("released");
  await Promise.all(Array.from({ length: 4 }, () => attempts[0]!.settle("released")));
  const [next] = await Promise.allSettled([reserveAttempt(world, lane, origin)]);
  expect(next!.status).toBe("fulfilled");
  await expect(reserveAttempt(world, lane, origin)).rejects.toMatchObject({
    code: "too_many_requests",
  });
});

async function fail(world: World, lane: ReturnType<typeof ownLane>, userId: string) {
  await recordFailure(world, {
    attempt: await reserveAttempt(world, lane, origin),
    identifier: email,
    account: { id: userId, email },
    result: "failed_second_factor",
    reason: "wrong_code",
    eventType: "two_factor_failed",
    origin,
  });
}
