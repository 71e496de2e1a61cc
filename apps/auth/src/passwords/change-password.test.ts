import { sql } from "drizzle-orm";
import { expect, test } from "vitest";
import { schemaOf } from "../tables.ts";
import { call, password, signUp } from "../testing/client.ts";
import { openWorld, type World } from "../testing/world.ts";

const email = "ada@example.com";
const fresh = "a different horse entirely";

type Change = { to?: string; from?: string };

const change = (world: World, token: string, { to = fresh, from = password }: Change = {}) => {
  const body = { currentPassword: from, newPassword: to };
  return call(world, "POST /password/change", { token, body });
};

const signInWith = (world: World, typed: string) =>
  call(world, "POST /login", { body: { email, password: typed } });

test("a change ends every other session, pending resets and the trust in devices, and is mailed (R-07, R-16)", async () => {
  await using world = await openWorld();
  const { tables, db } = world;
  const { accessToken: token } = await signUp(world);
  const other = (await signInWith(world, password)).body;
  await call(world, "POST /password/forgot", { body: { email } });
  await db.update(tables.userDevices).set({ trustedUntil: new Date(Date.now() + 86_400_000) });

  expect((await change(world, token)).status).toBe(204);

  expect((await call(world, "GET /me", { token })).status).toBe(200);
  expect((await call(world, "GET /me", { token: other.accessToken })).body.code).toBe(
    "session_ended",
  );
  const body = { refreshToken: other.refreshToken };
  expect((await call(world, "POST /refresh", { body })).status).toBe(401);
  const [recovery] = await db.select().from(tables.accountRecovery);
  expect(recovery?.revokedAt).not.toBeNull();
  for (const device of await db.select().from(tables.userDevices)) {
    expect(device.trustedUntil).toBeNull();
  }
  expect((await signInWith(world, password)).status).toBe(401);
  expect((await signInWith(world, fresh)).status).toBe(200);
  const mails = await db.select().from(tables.emailDeliveryLog);
  expect(mails.map(({ template }) => template)).toContain("password_changed");
  const events = await db.select().from(tables.securityEvents);
  expect(events.filter(({ eventType }) => eventType === "password_changed")).toHaveLength(1);
});

test("the session that changed the password can be refreshed, and is the only one counted (R-07)", async () => {
  await using world = await openWorld();
  const { accessToken: token, refreshToken } = await signUp(world);
  await signInWith(world, password);
  expect((await change(world, token)).status).toBe(204);
  expect((await call(world, "POST /refresh", { body: { refreshToken } })).status).toBe(200);
  const [user] = await world.db.select().from(world.tables.users);
  expect(user?.sessionCount).toBe(1);
});

test("a sign-in older than five minutes must be proved again first (R-07)", async () => {
  await using world = await openWorld();
  const { accessToken: token } = await signUp(world);
  const later = { ...world, now: () => new Date(Date.now() + 301_000) };
  const { changePassword } = await import("./change-password.ts");
  const { authenticate } = await import("../sessions/authenticate.ts");
  const claims = await authenticate(world, `Bearer ${token}`);
  const origin = { ipAddress: "192.0.2.7", network: "192.0.2.7", userAgent: null } as never;
  await expect(
    changePassword(later, { claims, currentPassword: password, newPassword: fresh, origin }),
  ).rejects.toMatchObject({ code: "step_up_required" });
  expect((await signInWith(world, password)).status).toBe(200);
});

test("the current password is guessed at five times, in a lane that does not lock the sign-in (R-07, R-12)", async () => {
  await using world = await openWorld();
  const { accessToken: token } = await signUp(world);
  for (let guess = 0; guess < 5; guess += 1) {
    const wrong = await change(world, token, { from: "not the right password" });
    expect(wrong.body.code).toBe("invalid_credentials");
  }
  const locked = await change(world, token);
  expect(locked.body.code).toBe("account_locked");
  expect(Number(locked.headers["retry-after"])).toBeGreaterThan(800);
  expect((await signInWith(world, password)).status).toBe(200);
});

test("the current password and the five before it are refused, the sixth is not (R-08)", async () => {
  await using world = await openWorld({
    environment: { LIMITS: "password_changes_per_user_per_hour=100" },
  });
  const { accessToken: token } = await signUp(world);
  const passwords = [password, ...[1, 2, 3, 4, 5, 6].map((n) => `password number ${n} of many`)];
  for (const [turn, next] of passwords.slice(1).entries()) {
    expect((await change(world, token, { to: next, from: passwords[turn] as string })).status).toBe(
      204,
    );
  }
  const current = passwords.at(-1) as string;
  for (const old of passwords.slice(1)) {
    const refused = await change(world, token, { to: old, from: current });
    expect(refused).toMatchObject({ status: 422, body: { code: "password_reused" } });
  }
  expect((await change(world, token, { to: password, from: current })).status).toBe(204);
});

test("a history is compared five times an hour for a user, at six hashes each (R-08)", async () => {
  await using world = await openWorld();
  const { accessToken: token } = await signUp(world);
  for (let turn = 0; turn < 5; turn += 1) {
    expect((await change(world, token, { to: password })).body.code).toBe("password_reused");
  }
  const sixth = await change(world, token);
  expect(sixth).toMatchObject({ status: 429, body: { code: "too_many_requests" } });
  expect(Number(sixth.headers["retry-after"])).toBeGreaterThan(3_000);
});

test("of four changes at once, one wins and the others leave nothing (R-07, D1)", async () => {
  await using world = await openWorld({
    environment: { LIMITS: "password_changes_per_user_per_hour=100" },
  });
  const { accessToken: token } = await signUp(world);
  const answers = await Promise.all(
    Array.from({ length: 4 }, (_, turn) =>
      change(world, token, { to: `the new password ${turn} of four` }),
    ),
  );
  expect(answers.filter(({ status }) => status === 204)).toHaveLength(1);
  const { passwordHistory, securityEvents } = world.tables;
  expect(await world.db.select().from(passwordHistory)).toHaveLength(1);
  const events = await world.db.select().from(securityEvents);
  expect(events.filter(({ eventType }) => eventType === "password_changed")).toHaveLength(1);
});

test("a session started while the password changes does not outlive it (R-38)", async () => {
  await using world = await openWorld();
  const { accessToken: token } = await signUp(world);
  const [changed, ...signIns] = await Promise.all([
    change(world, token),
    ...Array.from({ length: 4 }, () => signInWith(world, password)),
  ]);
  expect(changed?.status).toBe(204);
  for (const { body } of signIns.filter(({ status }) => status === 200)) {
    expect((await call(world, "GET /me", { token: body.accessToken })).status).toBe(401);
  }
});

test("what a new password may not be is refused before anything is hashed or changed (R-01, R-04)", async () => {
  await using world = await openWorld();
  const { accessToken: token } = await signUp(world);
  const refused = await change(world, token, { to: "short" });
  expect(refused).toMatchObject({
    status: 422,
    body: {
      code: "password_rejected",
      errors: [{ pointer: "/newPassword", message: "too_short" }],
    },
  });
  expect((await signInWith(world, password)).status).toBe(200);
});

test("neither password stands in any table in clear, nor in an event (R-27)", async () => {
  await using world = await openWorld();
  const { accessToken: token } = await signUp(world);
  await change(world, token);
  const [dump] = await world.owner.execute<{ text: string }>(sql`
    select string_agg(query_to_xml(format('select * from %I.%I', schemaname, tablename),
      true, true, '')::text, '') as text
    from pg_tables where schemaname = ${schemaOf(world.tables)}`);
  expect(dump?.text).toContain("password_changed");
  expect(dump?.text).not.toContain(password);
  expect(dump?.text).not.toContain(fresh);
});

test("a hasher with no place left costs no guess (R-06, R-12)", async () => {
  await using world = await openWorld();
  const { accessToken: token } = await signUp(world);
  const { HashingBusyError } = await import("@postern/crypto");
  const { changePassword } = await import("./change-password.ts");
  const { authenticate } = await import("../sessions/authenticate.ts");
  const claims = await authenticate(world, `Bearer ${token}`);
  const origin = { ipAddress: "192.0.2.7", network: "192.0.2.7", userAgent: null } as never;
  const verify = () => Promise.reject(new HashingBusyError());
  const busy = { ...world, passwords: { ...world.passwords, verify } };
  for (let turn = 0; turn < 6; turn += 1) {
    const input = { claims, currentPassword: password, newPassword: fresh, origin };
    await expect(changePassword(busy, input)).rejects.toThrow(HashingBusyError);
  }
  expect((await change(world, token)).status).toBe(204);
});
