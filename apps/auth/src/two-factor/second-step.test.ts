import { randomUUID } from "node:crypto";
import { totpCode } from "@postern/devkit";
import { recipientIndexOf } from "@postern/messages";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { amrOf, type Proof } from "../sessions/proof.ts";
import { startSession } from "../sessions/start-session.ts";
import { call } from "../testing/client.ts";
import { openWorld, type World } from "../testing/world.ts";
import {
  ada,
  firstStep,
  givePhone,
  PHONE,
  stopClock,
  verify,
  withTotp,
} from "./testing/factors.ts";
import { readAmr } from "./testing/read-claims.ts";

beforeEach(stopClock);
afterEach(() => vi.useRealTimers());

const origin = {
  ipAddress: "192.0.2.7",
  network: "192.0.2.7",
  userAgent: null,
  acceptLanguage: null,
};

test("a pending token is worth nothing anywhere but at its two calls (R-39, A-06)", async () => {
  await using world = await openWorld();
  await withTotp(world);
  const { pendingToken: token } = await firstStep(world);
  const calls = [
    "GET /me",
    "GET /session",
    "GET /sessions",
    "GET /2fa",
    "POST /2fa/totp/enroll",
    "POST /2fa/sms/enroll",
    "GET /devices",
    "GET /events",
    "GET /connections",
    "GET /api-keys",
    "POST /logout-all",
    "POST /logout",
  ];
  for (const line of calls) {
    expect({ line, ...(await call(world, line, { token })) }).toMatchObject({ line, status: 401 });
  }
  const code = "123456";
  const bodies: [string, object][] = [
    ["POST /refresh", { refreshToken: token.slice(0, 512) }],
    ["POST /otp/send", { purpose: "verify_email", channel: "email" }],
    ["POST /step-up", { password: ada.password }],
    ["POST /2fa/totp/confirm", { code }],
    ["POST /2fa/backup-codes", { method: "totp", code }],
    ["DELETE /2fa", { password: ada.password, method: "totp", code }],
    ["POST /api-keys", { name: "key", scopes: ["read"] }],
    ["POST /password/change", { currentPassword: ada.password, newPassword: ada.password }],
    ["POST /email/change", { email: "new@example.com" }],
  ];
  for (const [line, body] of bodies) {
    const { status } = await call(world, line, { token, body });
    expect({ line, status }).toEqual({ line, status: 401 });
  }
  const { users, refreshTokens } = world.tables;
  const [account] = await world.db.select().from(users);
  expect(account?.email).toBe(ada.email);
  expect(await world.db.select().from(refreshTokens)).toHaveLength(1);
});

test("an access token is no pending token, and neither is one whose password has changed (R-39)", async () => {
  await using world = await openWorld();
  const { accessToken, secret } = await withTotp(world);
  const code = totpCode(secret);
  const asPending = await verify(world, { pendingToken: accessToken, method: "totp", code });
  expect(asPending).toMatchObject({ status: 401, body: { code: "invalid_token" } });
  const { pendingToken } = await firstStep(world);
  const passwordHash = await world.passwords.hash("another password of hers");
  await world.db.update(world.tables.users).set({ passwordHash });
  const answer = await verify(world, { pendingToken, method: "totp", code });
  expect(answer).toMatchObject({ status: 401, body: { code: "invalid_token" } });
});

test("a pending token ends after 5 minutes and with its account", async () => {
  await using world = await openWorld();
  const { secret } = await withTotp(world);
  const { pendingToken } = await firstStep(world);
  const code = totpCode(secret);
  await world.db.update(world.tables.users).set({ disabledAt: new Date() });
  expect((await verify(world, { pendingToken, method: "totp", code })).body.code).toBe(
    "invalid_token",
  );
  await world.db.update(world.tables.users).set({ disabledAt: null });
  vi.setSystemTime(Date.now() + 301_000);
  expect((await verify(world, { pendingToken, method: "totp", code })).body.code).toBe(
    "invalid_token",
  );
});

test("password and app start one session of both, with new tokens, and the pending token no other (R-39, A-18)", async () => {
  await using world = await openWorld();
  const { secret } = await withTotp(world);
  const { pendingToken } = await firstStep(world);
  const pass = (steps: number) =>
    verify(world, { pendingToken, method: "totp", code: totpCode(secret, steps) });
  const { status, body } = await pass(0);
  expect(status).toBe(200);
  expect(readAmr(body.accessToken)).toEqual({ amr: ["pwd", "otp", "mfa"], acr: "aal2" });
  expect((await call(world, "GET /me", { token: body.accessToken })).status).toBe(200);
  expect(await pass(1)).toMatchObject({ status: 401, body: { code: "invalid_token" } });
  const refreshed = await call(world, "POST /refresh", {
    body: { refreshToken: body.refreshToken },
  });
  expect(readAmr(refreshed.body.accessToken).acr).toBe("aal2");
});

test("no cookie is set before the second step, and both after it (R-39, R-44, A-06)", async () => {
  await using world = await openWorld();
  const { secret } = await withTotp(world);
  const headers = { origin: "http://127.0.0.1:3001" };
  const transport = "cookie";
  const first = await call(world, "POST /login", { body: { ...ada, transport }, headers });
  expect(first.body).toHaveProperty("pendingToken");
  expect(first.headers["set-cookie"]).toBeUndefined();
  const { pendingToken } = first.body;
  const body = { pendingToken, method: "totp", code: totpCode(secret), transport };
  const second = await call(world, "POST /2fa/verify", { body, headers });
  expect(second.status).toBe(200);
  expect(second.body).not.toHaveProperty("refreshToken");
  expect(String(second.headers["set-cookie"])).toMatch(
    /__Host-postern_refresh=.*__Host-postern_device=/,
  );
});

test("of 20 uses of one pending token at once one starts a session (R-39)", async () => {
  await using world = await openWorld();
  const { backupCodes } = await withTotp(world);
  const { pendingToken } = await firstStep(world);
  const answers = await Promise.all(
    Array.from({ length: 20 }, (_, at) =>
      verify(world, { pendingToken, method: "backup_code", code: backupCodes[at % 10] }),
    ),
  );
  expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
  expect(answers.filter(({ status }) => status >= 500)).toEqual([]);
  const [row] = await world.db.select().from(world.tables.twoFactorAuth);
  expect(row?.backupCodeHashes).toHaveLength(9);
});

test("every way in asks for the factor: no first step starts a session of its own (A-06)", async () => {
  await using world = await openWorld();
  const { user } = await withTotp(world);
  const [account] = await world.db.select().from(world.tables.users);
  const userId = account!.id;
  const proofs: Proof[] = [
    { kind: "password", userId, passwordHash: account!.passwordHash },
    { kind: "claimed", userId },
    { kind: "oauth", userId },
    { kind: "code", ...(await queuedCode(world, "email", user.id)) },
    { kind: "code", ...(await queuedCode(world, "sms", user.id)) },
  ];
  const before = await world.db.select().from(world.tables.refreshTokens);
  for (const proof of proofs) {
    const start = { identifier: ada.email, lane: null, deviceToken: null, origin };
    const outcome = await startSession(world, { proof, ...start });
    expect({ kind: proof.kind, amr: amrOf(proof), next: outcome?.next }).toEqual({
      kind: proof.kind,
      amr: amrOf(proof),
      next: "second_factor",
    });
  }
  expect(await world.db.select().from(world.tables.refreshTokens)).toHaveLength(before.length);
});

async function queuedCode(world: World, channel: "email" | "sms", userId: string) {
  const challengeId = `7.${randomUUID().replaceAll("-", "")}`;
  const { emailDeliveryLog, smsDeliveryLog } = world.tables;
  const recipient = channel === "email" ? ada.email : PHONE;
  const recipientIndex = recipientIndexOf(world.digestKeys, { channel, to: recipient });
  await givePhone(world, userId);
  const common = {
    userId,
    priority: 1,
    challengeId,
    status: "sent",
    sentAt: new Date(),
    expiresAt: new Date(Date.now() + 300_000),
  } as const;
  await (channel === "email"
    ? world.owner.insert(emailDeliveryLog).values({
        ...common,
        template: "sign_in_code",
        toEmailHint: "a",
        toEmailIndex: recipientIndex,
      })
    : world.owner.insert(smsDeliveryLog).values({
        ...common,
        template: "sign_in_code_sms",
        toPhoneHint: "a",
        toPhoneIndex: recipientIndex,
        country: "KE",
      }));
  return { channel, challengeId, recipient };
}
