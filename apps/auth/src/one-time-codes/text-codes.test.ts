import { eq } from "drizzle-orm";
import { decodeJwt } from "jose";
import { expect, test } from "vitest";
import { call, password, readCode } from "../testing/client.ts";
import { openWorld, type World } from "../testing/world.ts";
import { email, givePhone, phone, sendFor, signUpVerified, verify } from "./testing/accounts.ts";

const signIn = { purpose: "sign_in", channel: "sms", phone };

async function openWorldWithNumber(): Promise<World> {
  const world = await openWorld();
  const { user } = await signUpVerified(world);
  await givePhone(world, user.id);
  return world;
}

test("a code by text message signs in to the account of a verified number", async () => {
  await using world = await openWorldWithNumber();
  const challengeId = await sendFor(world, { body: signIn });
  expect(await readCode(world, challengeId)).toMatch(/^[0-9]{8}$/);
  const [row] = await world.db.select().from(world.tables.smsDeliveryLog);
  expect(row).toMatchObject({
    template: "sign_in_code_sms",
    status: "pending",
    country: "KE",
    toPhoneHint: "+254*****678",
  });
  const answer = await verify(world, challengeId);
  expect(answer).toMatchObject({ status: 200, body: { user: { email } } });
  expect(decodeJwt(answer.body.accessToken)).toMatchObject({ amr: ["sms"], acr: "aal1" });
  const [used] = await world.db.select().from(world.tables.smsDeliveryLog);
  expect(used?.consumedAt).not.toBeNull();
  expect((await verify(world, challengeId)).status).toBe(401);
});

test("a number that nobody verified signs in to nothing", async () => {
  await using world = await openWorldWithNumber();
  await world.db.update(world.tables.users).set({ phoneVerifiedAt: null });
  await sendFor(world, { body: signIn });
  const rows = await world.db.select().from(world.tables.smsDeliveryLog);
  expect(rows).toMatchObject([{ status: "suppressed", userId: null }]);
});

test("known, unknown and disabled numbers get one answer, one status and one refusal (R-11)", async () => {
  await using world = await openWorldWithNumber();
  const bob = await signUpVerified(world, "bob@example.com");
  await givePhone(world, bob.user.id, "+254712345679");
  const { users } = world.tables;
  await world.db
    .update(users)
    .set({ disabledAt: new Date() })
    .where(eq(users.email, "bob@example.com"));
  const shapes = [];
  for (const number of [phone, "+254712345679", "+254712345670"]) {
    const sent = await call(world, "POST /otp/send", { body: { ...signIn, phone: number } });
    const { challengeId, ...rest } = sent.body;
    const delivery = await call(world, `GET /otp/${challengeId}/delivery`);
    const body = { challengeId, code: "00000000" };
    const guess = await call(world, "POST /otp/verify", { body });
    const again = await call(world, "POST /otp/send", { body: { ...signIn, phone: number } });
    const { hint, updatedAt, ...status } = delivery.body;
    expect(hint).toMatch(/^\+254\*{5}67\d$/);
    expect(updatedAt).toBeTypeOf("string");
    shapes.push([
      sent.status,
      Object.keys(sent.headers),
      rest,
      status,
      guess.body.code,
      again.body.code,
    ]);
  }
  expect(shapes[1]).toEqual(shapes[0]);
  expect(shapes[2]).toEqual(shapes[0]);
});

test.for([
  ["a country that is not allowed", "+33612345678"],
  ["a fixed line", "+442079460018"],
  ["a premium number", "+449098790000"],
  ["a toll-free number", "+18002345678"],
])("%s gets no text message, whoever has the number (R-26)", async ([, number = ""]) => {
  await using world = await openWorldWithNumber();
  const ask = () => call(world, "POST /otp/send", { body: { ...signIn, phone: number } });
  const unknown = await ask();
  expect(unknown).toMatchObject({ status: 422, body: { code: "phone_not_supported" } });
  const [ada] = await world.db.select().from(world.tables.users);
  await givePhone(world, ada?.id ?? "", number);
  const known = await ask();
  expect({ ...known.body, instance: "" }).toEqual({ ...unknown.body, instance: "" });
  expect(await world.db.select().from(world.tables.smsDeliveryLog)).toEqual([]);
});

test("ISO regions decide and not calling codes: +1 of Canada is not +1 of the United States (R-26)", async () => {
  await using world = await openWorld();
  const ask = (number: string) =>
    call(world, "POST /otp/send", { body: { ...signIn, phone: number } });
  expect((await ask("+14165550123")).status).toBe(422);
  expect((await ask("+12025550123")).status).toBe(202);
});

test.for(["email", "sms"] as const)(
  "a code by %s sets a new password, once, and signs nobody in",
  async (channel) => {
    await using world = await openWorldWithNumber();
    const newPassword = "a quite different one, and long";
    const to = channel === "email" ? { email } : { phone };
    const challengeId = await sendFor(world, {
      body: { purpose: "reset_password", channel, ...to },
    });
    const code = await readCode(world, challengeId);
    expect(code).toMatch(/^[0-9]{8}$/);
    const reset = (chosen: string, presented = code) =>
      call(world, "POST /otp/verify", {
        body: { challengeId, code: presented, newPassword: chosen },
      });
    // Refused before anything is spent: five times, and the code is still good.
    for (let turn = 0; turn < 5; turn += 1) {
      expect((await reset("short", "00000000")).body.code).toBe("password_rejected");
    }
    expect((await reset(password)).body.code).toBe("password_reused");
    const answers = await Promise.all([reset(newPassword), reset(newPassword), reset(newPassword)]);
    expect(answers.map(({ status }) => status).sort()).toEqual([204, 401, 401]);
    const login = (typed: string) =>
      call(world, "POST /login", { body: { email, password: typed } });
    expect((await login(password)).status).toBe(401);
    expect((await login(newPassword)).status).toBe(200);
  },
);

test("sequential numbers: one address gets no further than its own limit (A-29)", async () => {
  await using world = await openWorld();
  const statuses = [];
  for (let turn = 0; turn < 30; turn += 1) {
    const body = { ...signIn, phone: `+2547123456${String(turn).padStart(2, "0")}` };
    statuses.push((await call(world, "POST /otp/send", { body })).status);
  }
  expect(statuses.filter((status) => status === 202)).toHaveLength(10);
  expect(statuses.filter((status) => status === 429)).toHaveLength(20);
});
