import { eq } from "drizzle-orm";
import { expect, test } from "vitest";
import { call } from "../testing/client.ts";
import { sameId } from "../testing/same-id.ts";
import { openWorld, type World } from "../testing/world.ts";
import { email, givePhone, phone, sendFor, signUpVerified, verify } from "./testing/accounts.ts";

type Guesses = { body: object; challenges: number; deviceToken?: string };

let address = 0;
/** An address of its own for each request, as an attacker with many has. */
const anywhere = () => {
  address += 1;
  return `198.51.${Math.floor(address / 250)}.${(address % 250) + 1}`;
};

/** Sends and guesses five times at each challenge. Answers the code of each answer. */
async function guess(world: World, { body, challenges }: Guesses): Promise<string[]> {
  const codes = [];
  for (let turn = 0; turn < challenges; turn += 1) {
    const sent = await call(world, "POST /otp/send", { body, from: anywhere() });
    codes.push(sent.status === 202 ? "sent" : sent.body.code);
    for (let time = 0; sent.status === 202 && time < 5; time += 1) {
      const guessed = { challengeId: sent.body.challengeId, code: "00000000" };
      const answer = await call(world, "POST /otp/verify", { body: guessed, from: anywhere() });
      codes.push(answer.body.code);
    }
  }
  return codes;
}

const count = (codes: string[], code: string) => codes.filter((it) => it === code).length;

const noticesOf = async ({ db, tables: { emailDeliveryLog } }: World) =>
  db.select().from(emailDeliveryLog).where(eq(emailDeliveryLog.template, "code_guessing"));

test.for([
  ["email", { purpose: "sign_in", channel: "email", email }],
  ["sms", { purpose: "reset_password", channel: "sms", phone }],
] as const)(
  "guesses over many challenges by %s stop at ten, and the owner is told once (R-22, A-08)",
  async ([, body]) => {
    await using world = await openWorld();
    const { user } = await signUpVerified(world);
    await givePhone(world, user.id);
    const codes = await guess(world, { body, challenges: 5 });
    expect(count(codes, "invalid_code")).toBe(10);
    expect(count(codes, "otp_limit")).toBeGreaterThan(0);
    const notices = await noticesOf(world);
    expect(notices).toMatchObject([{ userId: sameId(user.id), toEmailHint: "a***@example.com" }]);
    const { securityEvents } = world.tables;
    const events = await world.db
      .select()
      .from(securityEvents)
      .where(eq(securityEvents.eventType, "brute_force_detected"));
    expect(events).toMatchObject([{ userId: sameId(user.id), severity: "high" }]);
  },
);

test("guesses at an address that nobody has stop the same way, and nobody is told", async () => {
  await using world = await openWorld();
  const body = { purpose: "sign_in", channel: "email", email: "nobody@example.com" };
  const codes = await guess(world, { body, challenges: 5 });
  expect(count(codes, "invalid_code")).toBe(10);
  expect(await noticesOf(world)).toEqual([]);
});

test("the owner's own device is not locked out by guesses and sends of strangers (R-22, A-31)", async () => {
  await using world = await openWorld();
  const { deviceToken } = await signUpVerified(world);
  const body = { purpose: "sign_in", channel: "email", email };
  await guess(world, { body, challenges: 6 });
  const refused = await call(world, "POST /otp/send", { body, from: "203.0.113.9" });
  expect(refused.status === 429 || refused.status === 202).toBe(true);

  const challengeId = await sendFor(world, { body: { ...body, deviceToken }, from: "203.0.113.9" });
  const answer = await verify(world, challengeId, { deviceToken });
  expect(answer.status).toBe(200);
});

test("a device token that is random, revoked or another account's opens no lane (R-13)", async () => {
  await using world = await openWorld();
  const ada = await signUpVerified(world);
  const eve = await signUpVerified(world, "eve@example.com");
  const body = { purpose: "sign_in", channel: "email", email };
  for (let turn = 0; turn < 3; turn += 1) {
    await sendFor(world, { body, from: anywhere() });
  }
  const { userDevices } = world.tables;
  await world.db
    .update(userDevices)
    .set({ revokedAt: new Date() })
    .where(eq(userDevices.userId, ada.user.id));
  for (const deviceToken of [eve.deviceToken, ada.deviceToken, `pdv_${"x".repeat(43)}`]) {
    const from = anywhere();
    const answer = await call(world, "POST /otp/send", { body: { ...body, deviceToken }, from });
    expect(answer).toMatchObject({ status: 429, body: { code: "otp_limit" } });
  }
});
