import { createPasswordHasher } from "@postern/crypto";
import { eq } from "drizzle-orm";
import { expect, test } from "vitest";
import { security } from "../security/binding.ts";
import { users } from "../shop/users.ts";
import { makeKeys } from "../story/make-keys.ts";
import { openMounted } from "../testing/open-mounted.ts";
import { changePassword } from "./change-password.ts";
import { queueEmail } from "./queue-email.ts";
import { queueSms } from "./queue-sms.ts";
import { recordExport } from "./record-export.ts";
import { trackSignIn } from "./track-sign-in.ts";

const keys = makeKeys();
const { digestKeys } = keys;
const wanjiku = { id: 1, emailAddress: "Wanjiku@Example.com" };
const browser = { ipAddress: "192.0.2.7", userAgent: "Mozilla/5.0" };

test("a sign-in is a row of the log and what the user's own row keeps of it", async () => {
  await using world = await openMounted();
  const { db } = world;
  const typed = { ...browser, email: wanjiku.emailAddress, userId: wanjiku.id };
  await trackSignIn(db, digestKeys, { ...typed, result: "failed_password" });
  await trackSignIn(db, digestKeys, { ...typed, result: "failed_password" });
  const [failed] = await db.select().from(users).where(eq(users.id, 1));
  expect(failed).toMatchObject({ failedLoginAttempts: 2, lastLoginAt: null });

  await trackSignIn(db, digestKeys, {
    ...typed,
    email: " wanjiku@example.COM ",
    result: "success",
  });
  const [entered] = await db.select().from(users).where(eq(users.id, 1));
  expect(entered).toMatchObject({ failedLoginAttempts: 0, lastLoginIp: "192.0.2.7" });
  expect(entered?.lastLoginAt).toBeInstanceOf(Date);

  const rows = await db.select().from(security.loginAttempts);
  expect(rows.map(({ userId, attemptResult }) => [userId, attemptResult])).toEqual([
    [1, "failed_password"],
    [1, "failed_password"],
    [1, "success"],
  ]);
  expect(new Set(rows.map(({ identifierHint }) => identifierHint))).toEqual(
    new Set(["w***@example.com"]),
  );
  expect(new Set(rows.map(({ identifierIndex }) => identifierIndex)).size).toBe(1);
});

test("an email is a pending row that shows a mask, and none where the transaction fails", async () => {
  await using world = await openMounted();
  const { db } = world;
  const rolledBack = db.transaction(async (tx) => {
    await queueEmail(tx, keys, wanjiku);
    throw new Error("no stock");
  });
  await expect(rolledBack).rejects.toThrow("no stock");
  await queueEmail(db, keys, wanjiku);
  expect(await db.select().from(security.emailDeliveryLog)).toMatchObject([
    {
      userId: 1,
      status: "pending",
      template: "verify_email_code",
      toEmailHint: "w***@example.com",
    },
  ]);
});

test("a text is a pending row of the other log, with its country, and none without a number", async () => {
  await using world = await openMounted();
  const { db } = world;
  await queueSms(db, keys, { id: 2, phoneNumber: "0722 000 111" });
  expect(await db.select().from(security.smsDeliveryLog)).toMatchObject([
    {
      userId: 2,
      status: "pending",
      template: "verify_phone_code_sms",
      toPhoneHint: "+254*****111",
      country: "KE",
    },
  ]);
  const wrong = queueSms(db, keys, { id: 2, phoneNumber: "none" });
  await expect(wrong).rejects.toThrow(TypeError);
});

test("an event may be a word of the shop's own", async () => {
  await using world = await openMounted();
  await recordExport(world.db, { userId: 3, ipAddress: "192.0.2.9", rows: 3 });
  expect(await world.db.select().from(security.securityEvents)).toMatchObject([
    { eventType: "customers_exported", severity: "medium", userId: 3, metadata: { rows: 3 } },
  ]);
});

test("a former password is refused, and the trigger keeps the old hash", async () => {
  await using world = await openMounted();
  const { db } = world;
  const passwords = createPasswordHasher({ concurrency: 2, queueMax: 8 });
  const change = (password: string) => changePassword(db, passwords, { userId: 1, password });
  const [before] = await db.select().from(users).where(eq(users.id, 1));

  expect(await change("mti wa zamani 1963")).toBe("reused");
  expect(await change("kahawa na maziwa 7")).toBe("changed");
  expect(await change("mti wa zamani 1963")).toBe("reused");
  expect(await db.select().from(security.passwordHistory)).toMatchObject([
    { userId: 1, passwordHash: before?.pwHash },
  ]);
  expect(await db.select().from(security.securityEvents)).toMatchObject([
    { userId: 1, eventType: "password_changed" },
  ]);
  const [after] = await db.select().from(users).where(eq(users.id, 1));
  expect(after?.passwordChangedAt).toBeInstanceOf(Date);
});
