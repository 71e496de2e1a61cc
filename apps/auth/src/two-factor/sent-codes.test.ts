import { totpCode } from "@postern/devkit";
import { eq, sql } from "drizzle-orm";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { call, readCode } from "../testing/client.ts";
import { openWorld, type World } from "../testing/world.ts";
import {
  ada,
  enableSent,
  enableTotp,
  firstStep,
  givePhone,
  openAccount,
  PHONE,
  stopClock,
  verify,
} from "./testing/factors.ts";
import { readAmr } from "./testing/read-claims.ts";

const environment = { SMS_COUNTRIES: "KE" };

beforeEach(stopClock);
afterEach(() => vi.useRealTimers());

test("codes by text message need a verified number, name their risk and another way (R-14)", async () => {
  await using world = await openWorld({ environment });
  const { accessToken: token, user } = await openAccount(world);
  const without = await call(world, "POST /2fa/sms/enroll", { token });
  expect(without).toMatchObject({ status: 409, body: { code: "factor_unavailable" } });
  await givePhone(world, user.id);
  await world.owner.update(world.tables.users).set({ phoneVerifiedAt: null });
  const unverified = await call(world, "POST /2fa/sms/enroll", { token });
  expect(unverified).toMatchObject({ status: 409, body: { code: "factor_unavailable" } });
  await givePhone(world, user.id);
  const { sent, backupCodes } = await enableSent(world, token, "sms");
  expect(sent).toMatchObject({
    alternatives: ["totp"],
    notice: expect.stringContaining("weakest"),
  });
  expect(backupCodes).toHaveLength(10);
  expect(await firstStep(world)).toMatchObject({ methods: ["backup_code", "sms"] });
});

test("connecting an app beside text messages names their risk (R-14)", async () => {
  await using world = await openWorld({ environment });
  const { accessToken: token, user } = await openAccount(world);
  await givePhone(world, user.id);
  const { backupCodes } = await enableSent(world, token, "sms");
  expect((await call(world, "POST /2fa/totp/enroll", { token })).body.code).toBe(
    "step_up_required",
  );
  const { pendingToken } = await firstStep(world);
  const passed = await verify(world, { pendingToken, method: "backup_code", code: backupCodes[0] });
  const enrolment = await call(world, "POST /2fa/totp/enroll", { token: passed.body.accessToken });
  expect(enrolment.body.notice).toContain("weakest");
});

test.for([
  { channel: "sms", amr: ["pwd", "sms", "mfa"], acr: "aal2" },
  { channel: "email", amr: ["pwd", "otp"], acr: "aal1" },
] as const)("a code by $channel after the password gives $acr (R-28)", async (expected) => {
  const { channel, amr, acr } = expected;
  await using world = await openWorld({ environment });
  const { accessToken: token, user } = await openAccount(world);
  await givePhone(world, user.id);
  await enableSent(world, token, channel);
  const { pendingToken } = await firstStep(world);
  const sent = await challenge(world, { pendingToken, method: channel });
  expect(sent).toMatchObject({ status: 202, body: { expiresIn: 300, resendAfter: 60 } });
  const code = await readCode(world, sent.body.challengeId);
  expect(code).toMatch(/^\d{6}$/);
  const passed = await verify(world, { pendingToken, method: channel, code });
  expect(passed.status).toBe(200);
  expect(readAmr(passed.body.accessToken)).toEqual({ amr, acr });
  const again = await verify(world, { pendingToken, method: channel, code });
  expect(again).toMatchObject({ status: 401 });
});

test("a code is good for the pending sign-in it was sent for alone, and for the second step alone (R-23, A-10)", async () => {
  await using world = await openWorld({ environment });
  const { accessToken: token, user } = await openAccount(world);
  await givePhone(world, user.id);
  await enableSent(world, token, "sms");
  const mine = await firstStep(world);
  const other = await firstStep(world);
  const sent = await challenge(world, { pendingToken: mine.pendingToken, method: "sms" });
  const { challengeId } = sent.body;
  const code = await readCode(world, challengeId);
  const moved = await verify(world, { pendingToken: other.pendingToken, method: "sms", code });
  expect(moved).toMatchObject({ status: 401, body: { code: "invalid_code" } });
  const elsewhere = await call(world, "POST /otp/verify", { body: { challengeId, code } });
  expect(elsewhere).toMatchObject({ status: 401, body: { code: "invalid_code" } });
  const right = await verify(world, { pendingToken: mine.pendingToken, method: "sms", code });
  expect(right.status).toBe(200);
});

test("who came in by a code to the mailbox cannot pass by another one (A-11, R-28)", async () => {
  await using world = await openWorld({ environment });
  const { accessToken: token } = await openAccount(world);
  const { backupCodes } = await enableSent(world, token, "email");
  expect((await firstStep(world)).methods).toContain("email");
  const { pendingToken, methods } = await byCode(world);
  expect(methods).toEqual(["backup_code"]);
  const refused = await challenge(world, { pendingToken, method: "email" });
  expect(refused).toMatchObject({ status: 409, body: { code: "factor_unavailable" } });
  const guess = await verify(world, { pendingToken, method: "email", code: "123456" });
  expect(guess).toMatchObject({ status: 401, body: { code: "invalid_code" } });
  const passed = await verify(world, { pendingToken, method: "backup_code", code: backupCodes[0] });
  expect(passed.status).toBe(200);
});

test("who set the password by the mailbox cannot pass by the mailbox, until it is set otherwise (A-11)", async () => {
  await using world = await openWorld({ environment });
  const { accessToken: token } = await openAccount(world);
  await enableSent(world, token, "email");
  const sent = await call(world, "POST /otp/send", {
    body: { purpose: "reset_password", channel: "email", email: ada.email },
  });
  const { challengeId } = sent.body;
  const newPassword = "a new one that nobody knows";
  const code = await readCode(world, challengeId);
  const reset = await call(world, "POST /otp/verify", { body: { challengeId, code, newPassword } });
  expect(reset.status).toBe(204);
  const login = () =>
    call(world, "POST /login", { body: { email: ada.email, password: newPassword } });
  const { pendingToken, methods } = (await login()).body;
  expect(methods).toEqual(["backup_code"]);
  expect((await challenge(world, { pendingToken, method: "email" })).status).toBe(409);
  const { users } = world.tables;
  await world.owner.update(users).set({ passwordChangedAt: sql`now()` });
  expect((await login()).body.methods).toContain("email");
});

test("who came in by a code to the number cannot pass by another one, and may by the app (A-11)", async () => {
  await using world = await openWorld({ environment });
  const { accessToken: token, user } = await openAccount(world);
  await givePhone(world, user.id);
  const { backupCodes } = await enableSent(world, token, "sms");
  const { pendingToken, methods } = await byCode(world, { channel: "sms", phone: PHONE });
  expect(methods).toEqual(["backup_code"]);
  const refused = await challenge(world, { pendingToken, method: "sms" });
  expect(refused).toMatchObject({ status: 409, body: { code: "factor_unavailable" } });
  const passed = await verify(world, { pendingToken, method: "backup_code", code: backupCodes[0] });
  expect(readAmr(passed.body.accessToken)).toEqual({ amr: ["sms", "otp", "mfa"], acr: "aal2" });
});

test("a send that was verified counts no more against the address that asked for it (R-25)", async () => {
  const limits = { LIMITS: "otp_sends_per_address_per_hour=1,otp_cooldown_seconds=1" };
  await using world = await openWorld({ environment: { ...environment, ...limits } });
  const { accessToken: token } = await openAccount(world);
  await enableSent(world, token, "email");
  const { pendingToken } = await firstStep(world);
  expect((await challenge(world, { pendingToken, method: "email" })).status).toBe(202);
});

test("an app is a second factor beside a code by mail, and makes it multi-factor", async () => {
  await using world = await openWorld({ environment });
  const { accessToken: token } = await openAccount(world);
  const { secret } = await enableTotp(world, token);
  const { pendingToken } = await byCode(world);
  const passed = await verify(world, { pendingToken, method: "totp", code: totpCode(secret) });
  expect(readAmr(passed.body.accessToken)).toEqual({ amr: ["otp", "mfa"], acr: "aal2" });
});

test("no code, no number in clear is in any table, and the number that left takes its factor along (R-27)", async () => {
  await using world = await openWorld({ environment });
  const { accessToken: token, user } = await openAccount(world);
  await givePhone(world, user.id);
  await enableSent(world, token, "sms");
  const { pendingToken } = await firstStep(world);
  const sent = await challenge(world, { pendingToken, method: "sms" });
  const code = await readCode(world, sent.body.challengeId);
  const { smsDeliveryLog, securityEvents, users } = world.tables;
  const rows = [
    ...(await world.db.select().from(smsDeliveryLog)),
    ...(await world.db.select().from(securityEvents)),
  ];
  const text = JSON.stringify(rows.map(({ createdAt: _at, ...row }) => row));
  expect(text).not.toContain(PHONE);
  expect(text).not.toContain(`"${code}"`);
  await world.owner
    .update(users)
    .set({ encryptedPhoneNumber: null, phoneNumberIndex: null, phoneVerifiedAt: null })
    .where(eq(users.id, user.id));
  expect((await firstStep(world)).methods).toEqual(["backup_code"]);
  expect((await challenge(world, { pendingToken, method: "sms" })).status).toBe(409);
});

const challenge = (world: World, body: object) => call(world, "POST /2fa/challenge", { body });

/** The first step by a code alone. */
async function byCode(world: World, to: object = { channel: "email", email: ada.email }) {
  const sent = await call(world, "POST /otp/send", { body: { purpose: "sign_in", ...to } });
  const { challengeId } = sent.body;
  const code = await readCode(world, challengeId);
  const { body } = await call(world, "POST /otp/verify", { body: { challengeId, code } });
  return body as { pendingToken: string; methods: string[] };
}
