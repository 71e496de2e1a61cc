import { expect, test } from "vitest";
import { call, password, readCode, signUp } from "../testing/client.ts";
import { readLink } from "../testing/read-link.ts";
import { openWorld, type World } from "../testing/world.ts";

const email = "ada@example.com";
const fresh = "a different horse entirely";
const past = new Date(Date.now() - 60_000);

const signInWith = (world: World, typed: string) =>
  call(world, "POST /login", { body: { email, password: typed } });

const expire = (world: World) =>
  world.db.update(world.tables.users).set({ passwordExpiresAt: past, emailVerifiedAt: past });

test("a password has no end unless the operator sets one (R-09)", async () => {
  await using world = await openWorld();
  await signUp(world);
  const [user] = await world.db.select().from(world.tables.users);
  expect(user?.passwordExpiresAt).toBeNull();
});

test("PASSWORD_MAX_AGE_DAYS dates the password at sign-up, change and reset (R-09)", async () => {
  await using world = await openWorld({ environment: { PASSWORD_MAX_AGE_DAYS: "90" } });
  const days = async () => {
    const [user] = await world.db.select().from(world.tables.users);
    return Math.round((Number(user?.passwordExpiresAt) - Date.now()) / 86_400_000);
  };
  const { accessToken: token } = await signUp(world);
  expect(await days()).toBe(90);
  await expire(world);
  const body = { currentPassword: password, newPassword: fresh };
  expect((await call(world, "POST /password/change", { token, body })).status).toBe(204);
  expect(await days()).toBe(90);
  await expire(world);
  await call(world, "POST /password/forgot", { body: { email } });
  const link = { token: await readLink(world), newPassword: "yet another horse entirely" };
  expect((await call(world, "POST /password/reset", { body: link })).status).toBe(204);
  expect(await days()).toBe(90);
});

test("an expired password opens nothing, is said only to who knows it, and leads to a reset (R-09)", async () => {
  await using world = await openWorld();
  await signUp(world);
  await expire(world);
  expect((await signInWith(world, "not the right password")).body.code).toBe("invalid_credentials");
  const refused = await signInWith(world, password);
  expect(refused).toMatchObject({ status: 403, body: { code: "password_expired" } });
  expect(refused.body).not.toHaveProperty("accessToken");
  const attempts = await world.db.select().from(world.tables.loginAttempts);
  expect(attempts.map(({ attemptResult }) => attemptResult)).toContain("expired_password");
  const events = await world.db.select().from(world.tables.securityEvents);
  expect(events.map(({ eventType }) => eventType)).toContain("password_expired");

  await call(world, "POST /password/forgot", { body: { email } });
  const body = { token: await readLink(world), newPassword: fresh };
  expect((await call(world, "POST /password/reset", { body })).status).toBe(204);
  expect((await signInWith(world, fresh)).status).toBe(200);
});

test("with a second factor, an expired password gives no pending token either (R-09, A-06)", async () => {
  await using world = await openWorld();
  const { user } = await signUp(world);
  await world.db.insert(world.tables.twoFactorAuth).values({
    userId: user.id,
    method: "email",
    confirmedAt: new Date(),
  } as never);
  await expire(world);
  const refused = await signInWith(world, password);
  expect(refused).toMatchObject({ status: 403, body: { code: "password_expired" } });
  expect(JSON.stringify(refused.body)).not.toContain("pendingToken");
});

test("knocking with an expired password locks nothing, and wrong ones lock as ever (R-09, R-12)", async () => {
  await using world = await openWorld();
  await signUp(world);
  await expire(world);
  for (let turn = 0; turn < 7; turn += 1) {
    expect((await signInWith(world, password)).status).toBe(403);
  }
  for (let guess = 0; guess < 5; guess += 1) {
    await signInWith(world, "not the right password");
  }
  expect((await signInWith(world, password)).body.code).toBe("account_locked");
});

test("a code still signs in: it is the password that expired", async () => {
  await using world = await openWorld();
  await signUp(world);
  await expire(world);
  const ask = { purpose: "sign_in", channel: "email", email };
  const { challengeId } = (await call(world, "POST /otp/send", { body: ask })).body;
  const body = { challengeId, code: await readCode(world, challengeId) };
  expect((await call(world, "POST /otp/verify", { body })).status).toBe(200);
});
