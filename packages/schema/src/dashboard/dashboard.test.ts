import { randomUUID } from "node:crypto";
import { sql } from "drizzle-orm";
import { bigint, integer, pgTable, text, timestamp } from "drizzle-orm/pg-core";
import { expect, test } from "vitest";
import {
  emailDeliveryLog,
  loginAttempts,
  posternUsers,
  securityEvents,
  smsDeliveryLog,
} from "../index.ts";
import { openOwnUsers, own } from "../testing/open-own-users.ts";
import { anHourOn, openTables } from "../testing/open-tables.ts";
import {
  deliverySuccessByProvider,
  eventsBySeverity,
  failedSignInsByIp,
  lockedAccounts,
  smsCostByMonthAndCountry,
} from "./index.ts";

const hoursAgo = (hours: number) => new Date(Date.now() - hours * 3_600_000);
const tried = (identifier: string, ipAddress: string | null, extra: object = {}) => ({
  identifierHint: "***",
  identifierIndex: identifier.padEnd(22, "_"),
  ipAddress,
  attemptResult: "failed_password" as const,
  ...extra,
});

test("failed sign-ins are counted by address, the worst first, over the last 24 hours", async () => {
  await using world = await openTables();
  await world.db
    .insert(loginAttempts)
    .values([
      tried("a", "192.0.2.1"),
      tried("a", "192.0.2.1", { attemptResult: "unknown_account" }),
      tried("b", "192.0.2.1", { createdAt: hoursAgo(23) }),
      tried("a", "192.0.2.1", { createdAt: hoursAgo(25) }),
      tried("a", "192.0.2.1", { attemptResult: "success" }),
      tried("a", "192.0.2.1", { attemptResult: "second_factor_required" }),
      tried("a", "2001:db8::1", { createdAt: new Date("2026-01-02T03:04:05.678Z") }),
      tried("a", "2001:db8::1"),
      tried("a", null),
    ]);
  expect(await failedSignInsByIp(world.db, { loginAttempts })).toEqual([
    { ipAddress: "192.0.2.1", failures: 3, identifiers: 2, lastAt: expect.any(Date) },
    { ipAddress: "2001:db8::1", failures: 1, identifiers: 1, lastAt: expect.any(Date) },
  ]);
  const long = await failedSignInsByIp(world.db, { loginAttempts }, { hours: 8_000, limit: 1 });
  expect(long).toMatchObject([{ ipAddress: "192.0.2.1", failures: 4 }]);
});

test("the success of each provider counts what was taken and what was refused", async () => {
  await using world = await openTables();
  const common = { template: "notice", expiresAt: anHourOn(), sentAt: new Date() };
  const ends = { deliveredAt: new Date(), failedAt: new Date() };
  const email = { ...common, ...ends, toEmailHint: "***", toEmailIndex: "A".repeat(22) };
  const sms = { ...common, ...ends, toPhoneHint: "***", toPhoneIndex: "A".repeat(22) };
  await world.db.insert(emailDeliveryLog).values([
    { ...email, provider: "smtp", status: "sent" },
    { ...email, provider: "smtp", status: "complained" },
    { ...email, provider: "smtp", status: "bounced" },
    { ...email, provider: "smtp", status: "retry" },
    { ...email, provider: "smtp", status: "sent", createdAt: hoursAgo(25) },
    { ...email, status: "suppressed" },
  ]);
  await world.db
    .insert(smsDeliveryLog)
    .values([{ ...sms, country: "KE", provider: "twilio", status: "pending" }]);

  const both = await deliverySuccessByProvider(world.db, { emailDeliveryLog, smsDeliveryLog });
  expect(both).toEqual([
    {
      ...{ channel: "email", provider: "smtp", messages: 4, sent: 2, delivered: 1, failed: 1 },
      successRate: 2 / 3,
    },
    {
      ...{ channel: "sms", provider: "twilio", messages: 1, sent: 0, delivered: 0, failed: 0 },
      successRate: null,
    },
  ]);
  expect(await deliverySuccessByProvider(world.db, { smsDeliveryLog })).toEqual([both[1]]);
  expect(await deliverySuccessByProvider(world.db, {})).toEqual([]);
});

test("the cost of a month is summed in whole micros by country and currency, in UTC", async () => {
  await using world = await openTables();
  const text = { template: "code", toPhoneHint: "***", toPhoneIndex: "A".repeat(22) };
  const sms = (country: string, cost: [number, string] | null, at: string) => ({
    ...{ ...text, country, createdAt: new Date(at), expiresAt: anHourOn() },
    ...(cost && { costMicros: cost[0], currency: cost[1] }),
  });
  await world.db
    .insert(smsDeliveryLog)
    .values([
      sms("KE", [800_000, "KES"], "2026-02-01T00:00:00Z"),
      sms("KE", [800_001, "KES"], "2026-02-28T23:59:59.999Z"),
      sms("KE", [7_500, "USD"], "2026-02-14T12:00:00Z"),
      sms("US", [7_900, "USD"], "2026-02-14T12:00:00Z"),
      sms("US", null, "2026-02-14T12:00:00Z"),
      sms("KE", [1, "KES"], "2026-01-31T23:59:59.999Z"),
      sms("KE", [1, "KES"], "2026-03-01T00:00:00Z"),
    ]);
  const month = "2026-02";
  const february = await world.db.transaction(async (tx) => {
    await tx.execute(sql`set local time zone 'Pacific/Auckland'`);
    return smsCostByMonthAndCountry(tx, { smsDeliveryLog }, { month });
  });
  expect(february).toEqual([
    { month, country: "KE", currency: "KES", messages: 2, costMicros: 1_600_001 },
    { month, country: "US", currency: "USD", messages: 1, costMicros: 7_900 },
    { month, country: "KE", currency: "USD", messages: 1, costMicros: 7_500 },
  ]);
  await world.db.insert(smsDeliveryLog).values(sms("GB", [5, "GBP"], new Date().toISOString()));
  const running = new Date().toISOString().slice(0, 7);
  expect(await smsCostByMonthAndCountry(world.db, { smsDeliveryLog })).toEqual([
    { month: running, country: "GB", currency: "GBP", messages: 1, costMicros: 5 },
  ]);
});

test("a sum that a number cannot hold is an error, and not a rounded sum", async () => {
  await using world = await openTables();
  const sms = { template: "code", toPhoneHint: "***", toPhoneIndex: "A".repeat(22) };
  const most = { costMicros: Number.MAX_SAFE_INTEGER, currency: "KES", country: "KE" };
  const row = { ...sms, ...most, expiresAt: anHourOn() };
  await world.db.insert(smsDeliveryLog).values([row, row]);
  await expect(smsCostByMonthAndCountry(world.db, { smsDeliveryLog })).rejects.toThrow(RangeError);
});

test("every severity is there, critical first, with how many events it had and the last", async () => {
  await using world = await openTables();
  const at = hoursAgo(2);
  await world.db.insert(securityEvents).values([
    { eventType: "otp_sent", createdAt: at },
    { eventType: "otp_sent", createdAt: hoursAgo(3) },
    { eventType: "token_reuse_detected", severity: "critical", createdAt: hoursAgo(30) },
  ]);
  expect(await eventsBySeverity(world.db, { securityEvents })).toEqual([
    { severity: "critical", events: 0, lastAt: null },
    { severity: "high", events: 0, lastAt: null },
    { severity: "medium", events: 0, lastAt: null },
    { severity: "low", events: 2, lastAt: at },
  ]);
});

test("locked accounts are those locked now, the longest lock first", async () => {
  await using world = await openTables();
  const locked = (hours: number, failedLoginAttempts = 5) => {
    const id = randomUUID();
    return {
      id,
      email: `${id}@a.example`,
      failedLoginAttempts,
      accountLockedUntil: hoursAgo(hours),
    };
  };
  const [short, long, over] = [locked(-1), locked(-2, 9), locked(1)];
  await world.db.insert(posternUsers).values([short, long, over]);
  const row = ({ id, accountLockedUntil, failedLoginAttempts }: typeof short) => ({
    ...{ userId: id, lockedUntil: accountLockedUntil, failedLoginAttempts },
  });
  const ask = (limit?: number) =>
    lockedAccounts(world.db, { users: posternUsers }, limit ? { limit } : {});
  expect(await ask()).toEqual([row(long), row(short)]);
  expect(await ask(1)).toEqual([row(long)]);
});

const rest = {
  accountLockedUntil: timestamp("locked_until"),
  failedLoginAttempts: integer("failed"),
};

test.for([
  {
    ...{ type: "bigint", value: 9_007_199_254_740_993n },
    users: pgTable("accounts", { id: bigint("id", { mode: "bigint" }), ...rest }),
  },
  {
    ...{ type: "bigint", value: 7 },
    users: pgTable("accounts", { id: bigint("id", { mode: "number" }), ...rest }),
  },
  { type: "integer", value: 7, users: pgTable("accounts", { id: integer("id"), ...rest }) },
  { type: "text", value: "usr_7", users: pgTable("accounts", { id: text("id"), ...rest }) },
])("an id of type $type is answered as the app reads it: $value", async (account) => {
  const { type, value, users } = account;
  await using world = await openTables();
  await world.db.execute(
    sql.raw(`create table accounts as select '${value}'::${type} as id,
      now() + interval '1 hour' as locked_until, 0 as failed`),
  );
  expect(await lockedAccounts(world.db, { users })).toMatchObject([{ userId: value }]);
});

test("an app's own binding and a transaction are asked in the same way", async () => {
  await using world = await openOwnUsers();
  await world.db.transaction(async (tx) => {
    await tx.insert(own.loginAttempts).values(tried("a", "192.0.2.1", { userId: 1 }));
    await tx.insert(own.securityEvents).values({ eventType: "otp_sent", userId: 1 });
    expect(await failedSignInsByIp(tx, own)).toMatchObject([{ failures: 1 }]);
    expect((await eventsBySeverity(tx, own)).at(-1)).toMatchObject({ severity: "low", events: 1 });
    expect(await smsCostByMonthAndCountry(tx, own)).toEqual([]);
    expect(await deliverySuccessByProvider(tx, own)).toEqual([]);
  });
});

test.for([0, -1, Number.NaN, 1e9])("hours of %s are refused", async (hours) => {
  await using world = await openTables();
  const ask = failedSignInsByIp(world.db, { loginAttempts }, { hours });
  await expect(ask).rejects.toThrow(RangeError);
});

test.for([0, 1.5, 1_001])("a limit of %s is refused", async (limit) => {
  await using world = await openTables();
  const ask = lockedAccounts(world.db, { users: posternUsers }, { limit });
  await expect(ask).rejects.toThrow(RangeError);
});

test.for(["2026", "2026-13", "2026-1", "2026-01-01"])("a month of %s is refused", async (month) => {
  await using world = await openTables();
  const ask = smsCostByMonthAndCountry(world.db, { smsDeliveryLog }, { month });
  await expect(ask).rejects.toThrow(RangeError);
});
