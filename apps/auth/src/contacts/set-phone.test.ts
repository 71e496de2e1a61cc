import { openMessage } from "@postern/messages";
import { and, eq } from "drizzle-orm";
import { expect, test } from "vitest";
import {
  email,
  givePhone,
  phone,
  sendFor,
  signUpVerified,
  verify,
} from "../one-time-codes/testing/accounts.ts";
import { buildServer } from "../server.ts";
import { call } from "../testing/client.ts";
import { openWorld, type World } from "../testing/world.ts";
import { phoneIndex, readPhone } from "./phone-at-rest.ts";

const add = { purpose: "verify_phone", channel: "sms", phone };

const accountOf = async ({ db, tables: { users } }: World, of = email) => {
  const [row] = await db.select().from(users).where(eq(users.email, of));
  return row!;
};

const eventsOf = async ({ db, tables: { securityEvents } }: World, userId: string, type: string) =>
  db
    .select()
    .from(securityEvents)
    .where(and(eq(securityEvents.userId, userId), eq(securityEvents.eventType, type)));

const mailsOf = async (world: World, template: string) => {
  const log = world.tables.emailDeliveryLog;
  const rows = await world.db.select().from(log).where(eq(log.template, template));
  return rows.map((row) => openMessage(world, row as Parameters<typeof openMessage>[1]));
};

test("a bearer adds a number by its code: sealed, found by index, shown by hint, and told by mail (R-16)", async () => {
  await using world = await openWorld();
  const { accessToken: token, user } = await signUpVerified(world);
  const challengeId = await sendFor(world, { body: add, token });
  const answer = await verify(world, challengeId, { token });
  expect(answer).toMatchObject({ status: 200, body: { user: { id: user.id, email } } });

  const row = await accountOf(world);
  expect(row.phoneVerifiedAt).not.toBeNull();
  expect(row.phoneNumberIndex).toBe(phoneIndex(world, phone));
  expect(row.phoneNumberHint).toBe("+254*****678");
  const kept = { userId: row.id, sealed: row.encryptedPhoneNumber };
  expect(await readPhone(world, world, kept)).toBe(phone);
  expect(await eventsOf(world, row.id, "phone_changed")).toHaveLength(1);
  expect(await mailsOf(world, "phone_changed")).toMatchObject([
    { to: email, variables: { to: "+254*****678" } },
  ]);
  const [sms] = await world.db.select().from(world.tables.smsDeliveryLog);
  expect(sms?.consumedAt).not.toBeNull();
});

test("the number given at sign-up is verified without naming it again", async () => {
  await using world = await openWorld();
  const { accessToken: token, user } = await signUpVerified(world);
  await givePhone(world, user.id);
  await world.db.update(world.tables.users).set({ phoneVerifiedAt: null });
  const body = { purpose: "verify_phone", channel: "sms" };
  const challengeId = await sendFor(world, { body, token });
  const status = await call(world, `GET /otp/${challengeId}/delivery`, { token });
  expect(status.body).toMatchObject({ status: "pending", channel: "sms", hint: "+254*****678" });
  expect((await verify(world, challengeId, { token })).status).toBe(200);
  expect((await accountOf(world)).phoneVerifiedAt).not.toBeNull();
  expect(await eventsOf(world, user.id, "phone_verified")).toHaveLength(1);
  expect(await mailsOf(world, "phone_changed")).toEqual([]);
});

test("who proves a number has it: the account that had it loses it, and is told", async () => {
  await using world = await openWorld();
  const bob = await signUpVerified(world, "bob@example.com");
  await givePhone(world, bob.user.id);
  const { accessToken: token, user } = await signUpVerified(world);
  const challengeId = await sendFor(world, { body: add, token });
  expect((await verify(world, challengeId, { token })).status).toBe(200);

  expect((await accountOf(world)).phoneNumberIndex).toBe(phoneIndex(world, phone));
  expect(await accountOf(world, "bob@example.com")).toMatchObject({
    encryptedPhoneNumber: null,
    phoneNumberIndex: null,
    phoneNumberHint: null,
    phoneVerifiedAt: null,
  });
  expect(await mailsOf(world, "phone_removed")).toMatchObject([
    { to: "bob@example.com", variables: { phone: "+254*****678" } },
  ]);
  const [event] = await eventsOf(world, bob.user.id, "phone_changed");
  // Whoever proved it is nobody that Bob may know of.
  expect(event).toMatchObject({ ipAddress: null, userAgent: null });
  expect(JSON.stringify(event)).not.toContain(`"${user.id}"`);
});

test("a number that is somebody's second factor is taken from nobody", async () => {
  await using world = await openWorld();
  const bob = await signUpVerified(world, "bob@example.com");
  await givePhone(world, bob.user.id);
  await world.db
    .insert(world.tables.twoFactorAuth)
    .values({ userId: bob.user.id, method: "sms", confirmedAt: new Date() });
  const { accessToken: token } = await signUpVerified(world);
  const challengeId = await sendFor(world, { body: add, token });
  const refused = await verify(world, challengeId, { token });
  expect(refused).toMatchObject({ status: 409, body: { code: "phone_taken" } });
  expect((await accountOf(world)).phoneNumberIndex).toBeNull();
  expect((await accountOf(world, "bob@example.com")).phoneVerifiedAt).not.toBeNull();
  expect(await mailsOf(world, "phone_removed")).toEqual([]);
});

test("of many accounts that prove one number at once, one has it and none fails", async () => {
  const LIMITS = "otp_live_challenges_per_recipient=9,otp_sends_per_recipient_per_hour=9";
  await using world = await openWorld({ environment: { LIMITS } });
  const challenges = [];
  for (let turn = 0; turn < 5; turn += 1) {
    const { accessToken: token } = await signUpVerified(world, `user${turn}@example.com`);
    const from = `198.51.100.${turn}`;
    challenges.push({ token, id: await sendFor(world, { body: add, token, from }) });
  }
  const answers = await Promise.all(
    challenges.map(({ id, token }) => verify(world, id, { token })),
  );
  expect(answers.map(({ status }) => status)).toEqual(Array(5).fill(200));
  const { users } = world.tables;
  const index = phoneIndex(world, phone);
  expect(await world.db.$count(users, eq(users.phoneNumberIndex, index))).toBe(1);
});

test("adding a number takes a recent sign-in, and a verified one is not replaced on the side", async () => {
  await using world = await openWorld();
  const { accessToken: token, user } = await signUpVerified(world);
  const ask = (body: object) => call(world, "POST /otp/send", { body, token });
  expect((await ask({ purpose: "verify_phone", channel: "sms" })).status).toBe(400);
  const app = await buildServer({ ...world, now: () => new Date(Date.now() + 301_000) });
  const late = await call({ app }, "POST /otp/send", { body: add, token });
  await app.close();
  expect(late).toMatchObject({ status: 403, body: { code: "step_up_required" } });
  await givePhone(world, user.id, "+254712345000");
  expect((await ask(add)).body.errors).toMatchObject([{ pointer: "/phone" }]);
});
