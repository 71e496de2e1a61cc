import { expect, test } from "vitest";
import { loginAttempts, passwordHistory, posternUsers, securityEvents } from "../index.ts";
import { members, openOwnUsers, own } from "../testing/open-own-users.ts";
import { openTables } from "../testing/open-tables.ts";
import { isPasswordReused, recordLoginAttempt, recordSecurityEvent } from "./index.ts";

const identifier = { identifierHint: "a***@example.com", identifierIndex: "A".repeat(22) };
const from = { ipAddress: "192.0.2.7", userAgent: "curl/8" };
/** What a client may send to make the row of a log fail. */
const nasty = `\u0000a\tb\ud800${"😀".repeat(600)}`;

test("a success is logged and becomes the account's last sign-in", async () => {
  await using world = await openTables();
  const { db, userId } = world;
  await db.update(posternUsers).set({ failedLoginAttempts: 3, accountLockedUntil: new Date() });
  const success = { ...identifier, ...from, userId, attemptResult: "success" as const };
  await recordLoginAttempt(db, { loginAttempts }, success);
  expect(await db.select().from(loginAttempts)).toMatchObject([{ ...success, deviceId: null }]);
  const [user] = await db.select().from(posternUsers);
  expect(user).toMatchObject({
    lastLoginAt: expect.any(Date),
    lastActivityAt: user?.lastLoginAt,
    lastLoginIp: "192.0.2.7",
    failedLoginAttempts: 0,
    accountLockedUntil: null,
  });
});

test.for([
  { attemptResult: "failed_password", failures: 1 },
  { attemptResult: "failed_second_factor", failures: 1 },
  { attemptResult: "locked", failures: 0 },
  { attemptResult: "throttled", failures: 0 },
  { attemptResult: "second_factor_required", failures: 0 },
] as const)("$attemptResult counts $failures failures", async ({ attemptResult, failures }) => {
  await using world = await openTables();
  const { db, userId } = world;
  await recordLoginAttempt(db, { loginAttempts }, { ...identifier, userId, attemptResult });
  const [user] = await db.select().from(posternUsers);
  expect(user).toMatchObject({ failedLoginAttempts: failures, lastLoginAt: null });
  expect(await db.select().from(loginAttempts)).toHaveLength(1);
});

test("a failure that locks shows until when", async () => {
  await using world = await openTables();
  const { db, userId } = world;
  const lockedUntil = new Date("2030-01-02T03:04:05Z");
  const failure = { ...identifier, userId, attemptResult: "failed_password" as const, lockedUntil };
  await recordLoginAttempt(db, { loginAttempts }, failure);
  const [user] = await db.select().from(posternUsers);
  expect(user).toMatchObject({ failedLoginAttempts: 1, accountLockedUntil: lockedUntil });
});

test("an attempt without an account is logged, and no account changes", async () => {
  await using world = await openTables();
  const { db } = world;
  await recordLoginAttempt(
    db,
    { loginAttempts },
    { ...identifier, attemptResult: "unknown_account" },
  );
  expect(await db.select().from(loginAttempts)).toMatchObject([{ userId: null }]);
  expect(await db.select().from(posternUsers)).toMatchObject([{ failedLoginAttempts: 0 }]);
});

test("on an app's own users table the columns that it has are kept", async () => {
  await using world = await openOwnUsers();
  const { db, userId } = world;
  await recordLoginAttempt(db, own, { ...identifier, userId, attemptResult: "failed_password" });
  expect(await db.select().from(members)).toMatchObject([{ failures: 1, lastLoginAt: null }]);
  await recordLoginAttempt(db, own, { ...identifier, userId, attemptResult: "success" });
  expect(await db.select().from(members)).toMatchObject([
    { failures: 0, lastLoginAt: expect.any(Date) },
  ]);
  await recordSecurityEvent(db, own, { eventType: "login_success", userId });
  expect(await db.select().from(own.securityEvents)).toMatchObject([{ userId, severity: "low" }]);
});

test("what is recorded in a transaction goes with it", async () => {
  await using world = await openTables();
  const { db, userId } = world;
  const undone = db.transaction(async (tx) => {
    await recordLoginAttempt(
      tx,
      { loginAttempts },
      { ...identifier, userId, attemptResult: "failed_password" },
    );
    await recordSecurityEvent(tx, { securityEvents }, { eventType: "otp_sent", userId });
    expect(await tx.select().from(securityEvents)).toHaveLength(1);
    throw new Error("undo");
  });
  await expect(undone).rejects.toThrow("undo");
  expect(await db.select().from(loginAttempts)).toEqual([]);
  expect(await db.select().from(securityEvents)).toEqual([]);
  expect(await db.select().from(posternUsers)).toMatchObject([{ failedLoginAttempts: 0 }]);
});

test("whatever a client sends, the row of a log is written: cleaned, and cut to its column", async () => {
  await using world = await openTables();
  const { db, userId } = world;
  await recordLoginAttempt(
    db,
    { loginAttempts },
    {
      ...{ ...identifier, identifierHint: nasty, userId, attemptResult: "success" },
      ...{ ipAddress: "unknown", userAgent: nasty, failureReason: nasty, deviceId: "x" },
    },
  );
  await recordSecurityEvent(
    db,
    { securityEvents },
    {
      ...{ eventType: "login_success", sessionId: "x", tokenId: nasty, deviceFingerprint: nasty },
      ...{ ipAddress: "fe80::1%eth0", userAgent: nasty },
      metadata: {
        [nasty]: [nasty, { deep: nasty, count: 9_007_199_254_740_993n }],
        none: undefined,
      },
    },
  );
  const [attempt] = await db.select().from(loginAttempts);
  expect(attempt).toMatchObject({ ipAddress: null, deviceId: null });
  expect(attempt?.userAgent).toMatch(/^a b\ufffd😀+\ufffd?$/u);
  expect([...(attempt?.failureReason ?? "")].length).toBeLessThanOrEqual(100);
  const [event] = await db.select().from(securityEvents);
  expect(event).toMatchObject({ ipAddress: "fe80::1", sessionId: null, tokenId: null });
  const [[key, value]] = Object.entries(event?.metadata ?? {}) as [[string, unknown]];
  expect(key).toMatch(/^a b\ufffd😀+/u);
  expect(value).toEqual([key, { deep: key, count: "9007199254740993" }]);
});

test("an identifier in clear and an event that is no word are refused, and repeated nowhere", async () => {
  await using world = await openTables();
  const { db } = world;
  const clear = { ...identifier, identifierIndex: "ada@example.com" };
  const attempt = recordLoginAttempt(
    db,
    { loginAttempts },
    { ...clear, attemptResult: "unknown_account" },
  );
  await expect(attempt).rejects.toThrow(/^(?!.*ada).*blind index/);
  const event = recordSecurityEvent(db, { securityEvents }, { eventType: "Not a word" });
  await expect(event).rejects.toThrow(TypeError);
  expect(await db.select().from(loginAttempts)).toEqual([]);
});

/** Stands for a slow hash: `$n$password`. Counts how often it was asked. */
function counting() {
  const asked: string[] = [];
  const verify = async (hash: string, password: string) => {
    asked.push(hash);
    return hash === `$n$${password}`;
  };
  return { asked, verify };
}

const before = (n: number) => ({
  passwordHash: `$n$old${n}`,
  createdAt: new Date(Date.UTC(2026, 0, 30 - n)),
});

test("the current password and the last five are reused ones, newest first", async () => {
  await using world = await openTables();
  const { db, userId } = world;
  await db.update(posternUsers).set({ passwordHash: "$n$current" });
  await db
    .insert(passwordHistory)
    .values([6, 2, 4, 1, 5, 3].map((n) => ({ userId, ...before(n) })));
  const ask = async (password: string, limit?: number) => {
    const { asked, verify } = counting();
    const question = { userId, password, verify, limit };
    const isReused = await isPasswordReused(db, { passwordHistory }, question);
    return { isReused, asked: asked.map((hash) => hash.slice(3)) };
  };
  const six = ["current", "old1", "old2", "old3", "old4", "old5"];
  expect(await ask("current")).toEqual({ isReused: true, asked: six.slice(0, 1) });
  expect(await ask("old5")).toEqual({ isReused: true, asked: six });
  expect(await ask("old6")).toEqual({ isReused: false, asked: six });
  expect(await ask("old2", 1)).toEqual({ isReused: false, asked: six.slice(0, 2) });
  expect(await ask("old1", 0)).toEqual({ isReused: false, asked: six.slice(0, 1) });
  await expect(ask("x", -1)).rejects.toThrow(RangeError);
});

test("an app's own password column is the current one, and another's history is not asked", async () => {
  await using world = await openOwnUsers();
  const { db, userId } = world;
  await db.update(members).set({ secret: "$n$current" });
  const [other] = await db.insert(members).values({ secret: null }).returning();
  await db.insert(own.passwordHistory).values({ userId: other?.id ?? 0, ...before(1) });
  const { asked, verify } = counting();
  expect(await isPasswordReused(db, own, { userId, password: "old1", verify })).toBe(false);
  expect(asked).toEqual(["$n$current"]);
  const theirs = { userId: other?.id ?? 0, password: "old1", verify };
  expect(await isPasswordReused(db, own, theirs)).toBe(true);
});
