import { randomUUID } from "node:crypto";
import { drizzle } from "drizzle-orm/postgres-js";
import { expect, test } from "vitest";
import * as postern from "./index.ts";
import { mount, openMounted } from "./repeatable/testing/mount.ts";
import { findDeclaration } from "./target.ts";
import { openOwnUsers, own } from "./testing/open-own-users.ts";

test("each handle reads its view: every column is there, in the type that it says", async () => {
  await using database = await openMounted();
  const db = drizzle({ client: database.sql });
  const id = randomUUID();
  const now = new Date();
  const user = { id, email: "ada@example.com", name: "Ada", emailVerifiedAt: now };
  await db.insert(postern.posternUsers).values({ ...user, lastLoginAt: now, lastLoginIp: "::1" });
  const attempt = { identifierHint: "a***@example.com", identifierIndex: "A".repeat(22) };
  await db
    .insert(postern.loginAttempts)
    .values({ ...attempt, userId: id, attemptResult: "success", ipAddress: "192.0.2.7" });

  const anybody = { id, name: "Ada", userType: "user", createdAt: expect.any(Date) };
  const known = {
    ...anybody,
    phone: null,
    emailVerified: true,
    twoFactorEnabled: false,
    lastLoginAt: now,
  };
  expect(await db.select().from(postern.usersPublic)).toEqual([anybody]);
  expect(await db.select().from(postern.usersAuthenticated)).toEqual([
    { ...known, email: "a***@example.com" },
  ]);
  expect(await db.select().from(postern.usersAdmin)).toEqual([
    {
      ...known,
      email: "ada@example.com",
      lastLoginIp: expect.any(String),
      failedLoginAttempts: 0,
      accountLockedUntil: null,
      passwordChangedAt: null,
      passwordExpiresAt: null,
      lastActivityAt: null,
      sessionCount: 0,
      disabledAt: null,
    },
  ]);
  expect(await db.select().from(postern.userSecurityStatus)).toEqual([
    {
      id,
      isLocked: false,
      failedLoginAttempts: 0,
      passwordExpired: false,
      twoFactorEnabled: false,
      emailVerified: true,
      daysSincePasswordChange: null,
      daysSinceLogin: 0,
      riskScore: 20,
      riskLevel: "low",
    },
  ]);
  expect(await db.select().from(postern.userActivityLog)).toEqual([
    {
      userId: id,
      at: expect.any(Date),
      source: "login",
      what: "success",
      severity: "low",
      ipAddress: expect.stringMatching(/^192\.0\.2\.0/),
      deviceName: null,
    },
  ]);
  expect(await db.select().from(postern.deploymentMetrics)).toEqual([
    {
      recentLogins: 1,
      usersWithFailedAttempts: 0,
      lockedAccounts: 0,
      encrypted2faUsers: 0,
      encryptedPhoneUsers: 0,
      avgSecondsSinceLogin: expect.any(Number),
    },
  ]);
});

test("over a users table that lacks half of our columns, a count reads as 0, the rest as null", async () => {
  await using database = await openOwnUsers();
  const { loginAttempts, securityEvents } = own;
  const { target } = findDeclaration({ loginAttempts, securityEvents });
  await mount(database.db.$client, target);
  const nobody = { id: 1, name: null, userType: "user", createdAt: null };
  expect(await database.db.select().from(own.usersPublic)).toEqual([nobody]);
  const [admin] = await database.db.select().from(own.usersAdmin);
  expect(admin).toMatchObject({
    ...nobody,
    email: null,
    failedLoginAttempts: 0,
    sessionCount: 0,
  });
  expect(await database.db.select().from(own.userSecurityStatus)).toMatchObject([
    { id: 1, isLocked: false, emailVerified: false, daysSinceLogin: null },
  ]);
});
