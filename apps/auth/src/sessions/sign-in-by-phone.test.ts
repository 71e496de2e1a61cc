import { eq } from "drizzle-orm";
import { expect, test } from "vitest";
import { givePhone, phone, signUpVerified } from "../one-time-codes/testing/accounts.ts";
import { call, password } from "../testing/client.ts";
import { sameId } from "../testing/same-id.ts";
import { openWorld, type World } from "../testing/world.ts";

const login = (world: World, body: object) => call(world, "POST /login", { body });

test("a verified number signs in however it is written, and its log row shows a mask", async () => {
  await using world = await openWorld();
  const { user } = await signUpVerified(world);
  await givePhone(world, user.id);
  for (const typed of [phone, "+254 712 345678", "+254-712-345-678"]) {
    expect(await login(world, { phone: typed, password })).toMatchObject({
      status: 200,
      body: { user: { id: user.id } },
    });
  }
  const { loginAttempts } = world.tables;
  const rows = await world.db.select().from(loginAttempts);
  expect(new Set(rows.map(({ identifierHint }) => identifierHint))).toEqual(
    new Set(["+254*****678"]),
  );
});

test("a number that nobody verified names no account: unknown, with the same answer (R-10)", async () => {
  await using world = await openWorld();
  const { user } = await signUpVerified(world);
  await givePhone(world, user.id);
  const { users, loginAttempts } = world.tables;
  await world.db.update(users).set({ phoneVerifiedAt: null });
  const unverified = await login(world, { phone, password });
  const unknown = await login(world, { phone: "+254712345679", password });
  expect(unverified).toMatchObject({ status: 401, body: { code: "invalid_credentials" } });
  expect({ ...unverified.body, instance: "" }).toEqual({ ...unknown.body, instance: "" });
  const rows = await world.db.select().from(loginAttempts);
  expect(rows.map(({ attemptResult }) => attemptResult)).toEqual([
    "unknown_account",
    "unknown_account",
  ]);
});

test("number and email have a lane each, and the lock tells the owner by mail (R-12)", async () => {
  await using world = await openWorld();
  const { user } = await signUpVerified(world);
  await givePhone(world, user.id);
  for (let guess = 0; guess < 5; guess += 1) {
    expect((await login(world, { phone, password: "wrong" })).status).toBe(401);
  }
  expect((await login(world, { phone, password })).body.code).toBe("account_locked");
  const { emailDeliveryLog } = world.tables;
  const mails = await world.db
    .select()
    .from(emailDeliveryLog)
    .where(eq(emailDeliveryLog.template, "account_locked"));
  expect(mails).toMatchObject([{ userId: sameId(user.id), toEmailHint: "a***@example.com" }]);
  expect((await login(world, { email: "ada@example.com", password })).status).toBe(200);
});

test.for([
  { name: "neither", body: {} },
  { name: "both", body: { email: "ada@example.com", phone } },
  { name: "no number", body: { phone: "not a number" } },
  { name: "a number without its country", body: { phone: "0712345678" } },
  { name: "two numbers", body: { phone: `${phone},${phone}` } },
])("of email and phone exactly one is given, and is one: $name is refused", async ({ body }) => {
  await using world = await openWorld();
  const answer = await login(world, { ...body, password });
  expect(answer).toMatchObject({ status: 400, body: { code: "invalid_request" } });
  expect(await world.db.select().from(world.tables.loginAttempts)).toEqual([]);
});
