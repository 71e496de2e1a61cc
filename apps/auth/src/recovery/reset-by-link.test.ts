import { randomBytes } from "node:crypto";
import { sql } from "drizzle-orm";
import { expect, test } from "vitest";
import { call, password, signUp } from "../testing/client.ts";
import { readLink } from "../testing/read-link.ts";
import { openWorld, type World } from "../testing/world.ts";

const email = "ada@example.com";
const fresh = "a different horse entirely";
const past = new Date(Date.now() - 60_000);

const reset = (world: World, token: string, newPassword = fresh) =>
  call(world, "POST /password/reset", { body: { token, newPassword } });

const signInWith = (world: World, typed: string) =>
  call(world, "POST /login", { body: { email, password: typed } });

async function askForLink(world: World): Promise<string> {
  await call(world, "POST /password/forgot", { body: { email } });
  return readLink(world);
}

/** An account whose owner has proved the email. */
async function signUpVerified(world: World) {
  const session = await signUp(world);
  await world.db.update(world.tables.users).set({ emailVerifiedAt: new Date() });
  return session;
}

test("a reset ends every session, the trust in devices and other links, is mailed, and signs nobody in (R-07)", async () => {
  await using world = await openWorld();
  const { tables, db } = world;
  const { accessToken: token, refreshToken } = await signUpVerified(world);
  await db.update(tables.userDevices).set({ trustedUntil: new Date(Date.now() + 86_400_000) });
  const older = await askForLink(world);
  const link = await askForLink(world);

  const answer = await reset(world, link);
  expect(answer).toMatchObject({ status: 204, body: null });
  expect(answer.headers["set-cookie"]).toBeUndefined();

  expect((await call(world, "GET /me", { token })).body.code).toBe("session_ended");
  expect((await call(world, "POST /refresh", { body: { refreshToken } })).status).toBe(401);
  expect((await reset(world, older, "yet another horse entirely")).body.code).toBe("invalid_link");
  const [device] = await db.select().from(tables.userDevices);
  expect(device?.trustedUntil).toBeNull();
  expect((await signInWith(world, password)).status).toBe(401);
  expect((await signInWith(world, fresh)).status).toBe(200);
  const mails = await db.select().from(tables.emailDeliveryLog);
  expect(mails.map(({ template }) => template)).toContain("password_reset");
  const events = await db.select().from(tables.securityEvents);
  expect(events.filter(({ eventType }) => eventType === "password_reset_completed")).toHaveLength(
    1,
  );
});

test("of eight uses of one link at once, one succeeds (R-21, D1)", async () => {
  await using world = await openWorld({
    environment: { LIMITS: "password_changes_per_user_per_hour=100" },
  });
  await signUpVerified(world);
  const link = await askForLink(world);
  const answers = await Promise.all(
    Array.from({ length: 8 }, (_, turn) => reset(world, link, `the new password ${turn} of all`)),
  );
  const byStatus = Object.groupBy(answers, ({ status }) => status);
  expect(byStatus[204]).toHaveLength(1);
  expect(byStatus[401]).toHaveLength(7);
  const events = await world.db.select().from(world.tables.securityEvents);
  expect(events.filter(({ eventType }) => eventType === "password_reset_completed")).toHaveLength(
    1,
  );
  const won = answers.findIndex(({ status }) => status === 204);
  expect((await signInWith(world, `the new password ${won} of all`)).status).toBe(200);
});

test("a link works once: again, after its end, after a change of password, and a stranger's are refused alike", async () => {
  await using world = await openWorld();
  const { accountRecovery } = world.tables;
  const { accessToken: token } = await signUpVerified(world);
  const changed = await askForLink(world);
  const body = { currentPassword: password, newPassword: fresh };
  expect((await call(world, "POST /password/change", { token, body })).status).toBe(204);
  const aged = await askForLink(world);
  await world.db.update(accountRecovery).set({ expiresAt: past });
  const used = await askForLink(world);
  expect((await reset(world, used, password.toUpperCase())).status).toBe(204);

  const foreign = randomBytes(32).toString("base64url");
  for (const link of [changed, aged, used, foreign, "x"]) {
    const refused = await reset(world, link, "yet another horse entirely");
    expect(refused).toMatchObject({ status: 401, body: { code: "invalid_link" } });
  }
});

test("a disabled account is not reset", async () => {
  await using world = await openWorld();
  await signUpVerified(world);
  const link = await askForLink(world);
  await world.db.update(world.tables.users).set({ disabledAt: new Date() });
  expect((await reset(world, link)).body.code).toBe("invalid_link");
});

test("a new password that is refused uses nothing up (R-04, R-08)", async () => {
  await using world = await openWorld();
  await signUpVerified(world);
  const link = await askForLink(world);
  for (const [typed, code] of [
    ["short", "password_rejected"],
    ["passwordpassword", "password_rejected"],
    [password, "password_reused"],
  ] as const) {
    expect((await reset(world, link, typed)).body.code).toBe(code);
  }
  expect((await reset(world, link)).status).toBe(204);
});

test("a completed reset ends the lock (R-15, A-31)", async () => {
  await using world = await openWorld();
  await signUpVerified(world);
  for (let guess = 0; guess < 6; guess += 1) {
    await signInWith(world, "not the right password");
  }
  expect((await signInWith(world, password)).body.code).toBe("account_locked");
  expect((await reset(world, await askForLink(world))).status).toBe(204);
  expect((await signInWith(world, fresh)).status).toBe(200);
  const events = await world.db.select().from(world.tables.securityEvents);
  expect(events.map(({ eventType }) => eventType)).toContain("account_unlocked");
});

test("a reset does not lead round the second factor (A-06)", async () => {
  await using world = await openWorld();
  const { user } = await signUpVerified(world);
  await world.db.insert(world.tables.twoFactorAuth).values({
    userId: user.id,
    method: "email",
    confirmedAt: new Date(),
  } as never);
  expect((await reset(world, await askForLink(world))).status).toBe(204);
  const answer = await signInWith(world, fresh);
  expect(answer).toMatchObject({ status: 200, body: { twoFactorRequired: true } });
  expect(answer.body).not.toHaveProperty("accessToken");
});

test("an account without a password gets its first one by a reset", async () => {
  await using world = await openWorld();
  await signUpVerified(world);
  await world.db.update(world.tables.users).set({ passwordHash: null });
  expect((await reset(world, await askForLink(world))).status).toBe(204);
  expect((await signInWith(world, fresh)).status).toBe(200);
});

test("a reset that fails half-way changes nothing: the link is good, sessions live (D1)", async () => {
  await using world = await openWorld();
  const { accessToken: token } = await signUpVerified(world);
  const link = await askForLink(world);
  const { emailDeliveryLog } = world.tables;
  await world.owner.execute(sql`alter table ${emailDeliveryLog}
    add constraint no_notice check (template <> 'password_reset')`);
  expect((await reset(world, link)).status).toBe(500);
  expect((await call(world, "GET /me", { token })).status).toBe(200);
  await world.owner.execute(sql`alter table ${emailDeliveryLog} drop constraint no_notice`);
  expect((await reset(world, link)).status).toBe(204);
});
