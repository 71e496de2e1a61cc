import { totpCode } from "@postern/devkit";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { call, password } from "../testing/client.ts";
import { openWorld } from "../testing/world.ts";
import {
  ada,
  enableSent,
  eventTypes,
  firstStep,
  forgetFailures,
  notices,
  openAccount,
  stopClock,
  verify,
  withTotp,
} from "./testing/factors.ts";

beforeEach(stopClock);
afterEach(() => vi.useRealTimers());

test("switching off takes the password and a factor: either alone is refused alike (R-31)", async () => {
  await using world = await openWorld();
  const { secret, accessToken: token } = await withTotp(world);
  const code = totpCode(secret);
  const off = (body: object) =>
    call(world, "DELETE /2fa", { token, body: { method: "totp", ...body } });
  const refusals = [
    await off({ code }),
    await off({ code, password: "a wrong one of them" }),
    await off({ code: "000000", password }),
  ];
  for (const refusal of refusals) {
    expect(refusal).toMatchObject({ status: 401, body: { code: "invalid_code" } });
  }
  expect((await call(world, "GET /2fa", { token })).body.enabled).toBe(true);
  expect((await off({ code, password })).status).toBe(204);
  expect((await call(world, "GET /2fa", { token })).body).toEqual({
    enabled: false,
    factors: [],
    backupCodesLeft: 0,
    needsBackupCodes: false,
  });
  expect((await call(world, "POST /login", { body: ada })).body).toHaveProperty("accessToken");
  expect(await eventTypes(world)).toContain("two_factor_disabled");
  expect(await notices(world)).toContain("two_factor_disabled");
  expect((await off({ code, password })).body.code).toBe("factor_unavailable");
});

test("five wrong tries lock it, the right ones too (R-15, R-31)", async () => {
  await using world = await openWorld();
  const { secret, accessToken: token } = await withTotp(world);
  const off = (code: string) =>
    call(world, "DELETE /2fa", { token, body: { method: "totp", code, password } });
  for (let guess = 0; guess < 5; guess++) {
    expect((await off("000000")).status).toBe(401);
  }
  expect(await off(totpCode(secret))).toMatchObject({
    status: 429,
    body: { code: "account_locked" },
  });
});

test("an account without a password switches off by a factor alone", async () => {
  await using world = await openWorld();
  const { secret, accessToken: token } = await withTotp(world);
  await world.owner.update(world.tables.users).set({ passwordHash: null });
  const code = totpCode(secret);
  const guessed = { method: "totp", code, password };
  expect((await call(world, "DELETE /2fa", { token, body: guessed })).status).toBe(401);
  const body = { method: "totp", code };
  expect((await call(world, "DELETE /2fa", { token, body })).status).toBe(204);
});

test("one of two factors can go, and the backup codes stay with the other", async () => {
  await using world = await openWorld();
  const { accessToken: token } = await openAccount(world);
  const { backupCodes } = await enableSent(world, token, "email");
  const only = { only: "sms", password, method: "backup_code", code: backupCodes[0] };
  const absent = await call(world, "DELETE /2fa", { token, body: only });
  expect(absent.body.code).toBe("factor_unavailable");
  const { pendingToken } = await firstStep(world);
  const strong = await verify(world, { pendingToken, method: "backup_code", code: backupCodes[0] });
  const mine: string = strong.body.accessToken;
  const { body } = await call(world, "POST /2fa/totp/enroll", { token: mine });
  const confirmed = await call(world, "POST /2fa/totp/confirm", {
    token: mine,
    body: { code: totpCode(body.secret) },
  });
  const codes: string[] = confirmed.body.backupCodes;
  const gone = await call(world, "DELETE /2fa", {
    token: mine,
    body: { only: "totp", password, method: "backup_code", code: codes[0] },
  });
  expect(gone.status).toBe(204);
  expect((await call(world, "GET /2fa", { token: mine })).body).toMatchObject({
    factors: [{ method: "email" }],
    backupCodesLeft: 9,
  });
});

test("a trusted device leaves the second step out for 30 days, or until a factor changes (R-07, R-31)", async () => {
  await using world = await openWorld();
  const { secret, deviceToken: first, user } = await withTotp(world);
  const { pendingToken } = await firstStep(world);
  const code = totpCode(secret);
  const body = { pendingToken, method: "totp", code, trustDevice: true };
  const passed = await verify(world, body);
  const { accessToken: token, deviceToken } = passed.body;
  expect(deviceToken).not.toBe(first);
  expect(await eventTypes(world)).toContain("device_trusted");
  const login = async (device: string) =>
    (await call(world, "POST /login", { body: { ...ada, deviceToken: device } })).body;
  expect(await login(deviceToken)).toHaveProperty("accessToken");
  expect(await login(first)).toHaveProperty("pendingToken");
  const { userDevices } = world.tables;
  const [trusted] = (await world.db.select().from(userDevices)).filter(
    ({ trustedUntil }) => trustedUntil,
  );
  const days = ((trusted?.trustedUntil?.getTime() ?? 0) - Date.now()) / 86_400_000;
  expect(days).toBeGreaterThan(29.9);
  expect(days).toBeLessThan(30.01);
  // By its password and trust alone the device adds no factor and takes none away.
  const weak = (await login(deviceToken)).accessToken as string;
  const enrolled = await call(world, "POST /2fa/email/enroll", { token: weak });
  expect(enrolled.body.code).toBe("step_up_required");
  await forgetFailures(world, user.id);
  const fresh = { method: "totp", code: totpCode(secret, 1) };
  const off = await call(world, "DELETE /2fa", { token, body: { ...fresh, password } });
  expect(off.status).toBe(204);
  const after = await world.db.select().from(userDevices);
  expect(after.every(({ trustedUntil }) => trustedUntil === null)).toBe(true);
});
