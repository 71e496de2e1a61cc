import { eq } from "drizzle-orm";
import { expect, test } from "vitest";
import { signPendingToken, verifyPendingToken } from "../sessions/pending-token.ts";
import { call, readCode } from "../testing/client.ts";
import { openWorld, type World } from "../testing/world.ts";
import { sendCode } from "./send-code.ts";
import { email, givePhone, phone, sendFor, signUpVerified, verify } from "./testing/accounts.ts";

const newPassword = "a quite different one, and long";
const origin = {
  ipAddress: "192.0.2.7",
  network: "192.0.2.7",
  userAgent: null,
  acceptLanguage: null,
  clientHints: null,
} as never;

const wrongGuesses = async ({ db, tables: { securityEvents } }: World) =>
  (await db.select().from(securityEvents).where(eq(securityEvents.eventType, "otp_failed"))).filter(
    ({ metadata }) => metadata.reason === "wrong",
  );

async function openWorldWithAda() {
  const world = await openWorld();
  const ada = await signUpVerified(world);
  await givePhone(world, ada.user.id);
  return Object.assign(world, { ada });
}

/** A second step's code, as 2fa/challenge asks for it. */
async function sendSecondFactor(world: World, userId: string) {
  const input = { userId, passwordHash: null, amr: "pwd" };
  const token = await signPendingToken(world, input);
  const { sessionId } = await verifyPendingToken(world, token);
  const binding = { sessionId, userId, isPending: true };
  const sent = await sendCode(world, {
    purpose: "second_factor",
    channel: "sms",
    recipient: phone,
    binding,
    origin,
  });
  return { ...sent, token };
}

test.for([
  ["a sign-in code at a reset", { purpose: "sign_in", channel: "email", email }, { newPassword }],
  ["a reset code at a sign-in", { purpose: "reset_password", channel: "email", email }, {}],
  ["a reset code by text at a sign-in", { purpose: "reset_password", channel: "sms", phone }, {}],
] as const)(
  "%s is a wrong guess, and the right use still works (A-10, R-23)",
  async ([, body, fields]) => {
    await using world = await openWorldWithAda();
    const challengeId = await sendFor(world, { body });
    const moved = await verify(world, challengeId, fields);
    expect(moved).toMatchObject({ status: 401, body: { code: "invalid_code" } });
    expect(await wrongGuesses(world)).toHaveLength(1);
    const right = body.purpose === "sign_in" ? {} : { newPassword };
    expect((await verify(world, challengeId, right)).status).toBe(
      body.purpose === "sign_in" ? 200 : 204,
    );
  },
);

test("a code of one challenge is wrong at every other, whatever channel and purpose (A-10)", async () => {
  await using world = await openWorldWithAda();
  const token = world.ada.accessToken;
  const change = async (url: string, body: object) =>
    (await call(world, `POST ${url}`, { body, token })).body.challengeId as string;
  const challenges = [
    await sendFor(world, { body: { purpose: "verify_email", channel: "email" }, token }),
    await sendFor(world, { body: { purpose: "verify_phone", channel: "sms" }, token }),
    await sendFor(world, { body: { purpose: "sign_in", channel: "email", email } }),
    await sendFor(world, { body: { purpose: "sign_in", channel: "sms", phone } }),
    await change("/email/change", { email: "new@example.com" }),
    await change("/phone/change", { phone: "+254712345000" }),
  ];
  const codes = await Promise.all(challenges.map((id) => readCode(world, id)));
  expect(new Set(codes).size).toBe(codes.length);
  for (const [index, challengeId] of challenges.entries()) {
    const code = codes[(index + 1) % codes.length] ?? "";
    const body = { challengeId, code };
    expect((await call(world, "POST /otp/verify", { body, token })).status).toBe(401);
  }
  expect(await wrongGuesses(world)).toHaveLength(challenges.length);
});

test("what a bearer asked for works beside that session alone: not another's, not a newer one, not none (A-10)", async () => {
  await using world = await openWorldWithAda();
  const token = world.ada.accessToken;
  const eve = await signUpVerified(world, "eve@example.com");
  const login = { email, password: "correct horse battery staple" };
  const newer = (await call(world, "POST /login", { body: login })).body.accessToken;
  const { challengeId } = (
    await call(world, "POST /email/change", { body: { email: "new@example.com" }, token })
  ).body;
  const code = await readCode(world, challengeId);
  const body = { challengeId, code };
  for (const other of [{ token: eve.accessToken }, { token: newer }, {}]) {
    expect((await call(world, "POST /otp/verify", { body, ...other })).status).toBe(401);
    expect((await call(world, `GET /otp/${challengeId}/delivery`, other)).status).toBe(404);
    expect(
      (await call(world, `POST /otp/${challengeId}/resend`, { body: {}, ...other })).status,
    ).toBe(404);
  }
  expect(await wrongGuesses(world)).toHaveLength(3);
  expect((await call(world, "POST /otp/verify", { body, token })).status).toBe(200);
});

test("a second step's code is good at no other place, even with its pending token or its session (A-06, A-10)", async () => {
  await using world = await openWorldWithAda();
  const { challengeId, token } = await sendSecondFactor(world, world.ada.user.id);
  const code = await readCode(world, challengeId);
  expect(code).toMatch(/^[0-9]{6}$/);
  const present = (as?: string) =>
    call(world, "POST /otp/verify", {
      body: { challengeId, code },
      ...(as === undefined ? {} : { token: as }),
    });
  expect(await present(token)).toMatchObject({ status: 401, body: { code: "invalid_token" } });
  expect(await present()).toMatchObject({ status: 401, body: { code: "invalid_code" } });
  expect(await present(world.ada.accessToken)).toMatchObject({ body: { code: "invalid_code" } });
  expect(await wrongGuesses(world)).toHaveLength(2);
});

test("a pending sign-in sees whether its code came, and has it sent again; another one does not", async () => {
  await using world = await openWorldWithAda();
  const { challengeId, token } = await sendSecondFactor(world, world.ada.user.id);
  const input = { userId: world.ada.user.id, passwordHash: null, amr: "pwd" };
  const other = await signPendingToken(world, input);
  const delivery = (as: string) => call(world, `GET /otp/${challengeId}/delivery`, { token: as });
  expect((await delivery(token)).body).toMatchObject({ status: "pending", channel: "sms" });
  expect((await delivery(other)).status).toBe(404);
  expect((await delivery(world.ada.accessToken)).status).toBe(404);
  const resend = (as: string) =>
    call(world, `POST /otp/${challengeId}/resend`, { body: {}, token: as });
  expect(await resend(token)).toMatchObject({ status: 429, body: { code: "otp_cooldown" } });
  expect((await resend(other)).status).toBe(404);
  // Everywhere else it is no bearer token.
  const ask = { purpose: "verify_email", channel: "email" };
  expect((await call(world, "POST /otp/send", { body: ask, token })).status).toBe(401);
  expect((await call(world, "POST /email/change", { body: { email }, token })).status).toBe(401);
});
