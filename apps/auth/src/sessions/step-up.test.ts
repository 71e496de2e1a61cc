import { totpCode } from "@postern/devkit";
import { eq } from "drizzle-orm";
import { afterEach, expect, test, vi } from "vitest";
import { ageSession } from "../testing/age-session.ts";
import { openBrowser } from "../testing/browser.ts";
import { call, password, signUp } from "../testing/client.ts";
import { untilWaiting, whileHeld } from "../testing/hold-session.ts";
import { openWorld, type World } from "../testing/world.ts";
import { stopClock, verify, withTotp } from "../two-factor/testing/factors.ts";

afterEach(() => {
  vi.useRealTimers();
});

const stepUp = (world: World, token: string, body: Record<string, unknown> = { password }) =>
  call(world, "POST /step-up", { token, body });

const claimsOf = async (world: World, token: string) =>
  (await call(world, "GET /session", { token })).body;

const auditsOf = ({ db, tables: { sessionAudits } }: World, sessionId: string) =>
  db.select().from(sessionAudits).where(eq(sessionAudits.sessionId, sessionId));

test("stepping up gives a new session with a fresh sign-in, and ends the old one at once (R-39)", async () => {
  await using world = await openWorld();
  const first = await signUp(world);
  const old = await ageSession(world, first.refreshToken, 3_600);
  const before = await claimsOf(world, old.accessToken);
  const answer = await stepUp(world, old.accessToken);
  expect(answer.status).toBe(200);
  const after = await claimsOf(world, answer.body.accessToken);
  expect(after.sid).not.toBe(before.sid);
  expect(Date.parse(after.authTime) - Date.parse(before.authTime)).toBeGreaterThan(3_500_000);
  expect(after.amr).toEqual(["pwd"]);

  expect((await call(world, "GET /me", { token: old.accessToken })).status).toBe(401);
  const refreshed = await call(world, "POST /refresh", {
    body: { refreshToken: old.refreshToken },
  });
  expect(refreshed.status).toBe(401);
  const { refreshTokens, userDevices, users } = world.tables;
  const [head] = await world.db
    .select()
    .from(refreshTokens)
    .where(eq(refreshTokens.familyId, before.sid));
  expect(head?.revokedReason).toBe("stepped_up");
  expect(await auditsOf(world, before.sid)).toMatchObject([
    { action: "started" },
    { action: "refreshed" },
    { action: "ended", metadata: { reason: "stepped_up" } },
  ]);
  expect(await auditsOf(world, after.sid)).toMatchObject([{ action: "stepped_up" }]);
  // It is the same device, and one session as before.
  expect(answer.body).not.toHaveProperty("deviceToken");
  expect(await world.db.select().from(userDevices)).toHaveLength(1);
  expect(await world.db.select().from(users)).toMatchObject([{ sessionCount: 1 }]);
});

test("a wrong password is refused, counted apart from sign-ins, and the fifth locks (R-15)", async () => {
  await using world = await openWorld();
  const { accessToken } = await signUp(world);
  const wrong = { password: "not the right password" };
  const answers = await Promise.all(
    Array.from({ length: 20 }, () => stepUp(world, accessToken, wrong)),
  );
  const compared = answers.filter(({ body }) => body.code === "invalid_credentials");
  expect(compared.length).toBeLessThanOrEqual(5);
  while ((await stepUp(world, accessToken, wrong)).body.code === "invalid_credentials") {}
  const locked = await stepUp(world, accessToken);
  expect(locked).toMatchObject({ status: 429, body: { code: "account_locked" } });
  expect(Number(locked.headers["retry-after"])).toBeGreaterThan(800);
  const attempts = await world.db.select().from(world.tables.loginAttempts);
  expect(attempts.filter((it) => it.attemptResult === "failed_password")).toHaveLength(5);
  // Nobody is locked out of signing in by it.
  const body = { email: "ada@example.com", password };
  expect((await call(world, "POST /login", { body })).status).toBe(200);
  expect((await call(world, "GET /me", { token: accessToken })).status).toBe(200);
});

test("of 20 step-ups of one session at once, one makes a session (R-39)", async () => {
  await using world = await openWorld();
  const { accessToken } = await signUp(world);
  const answers = await Promise.all(Array.from({ length: 20 }, () => stepUp(world, accessToken)));
  expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
  expect(answers.filter(({ status }) => status >= 500)).toEqual([]);
  const [user] = await world.db.select().from(world.tables.users);
  expect(user?.sessionCount).toBe(1);
});

test("a session that is being signed out has no successor (R-38)", async () => {
  await using world = await openWorld();
  const { accessToken: token } = await signUp(world);
  const held = await whileHeld(world, token, async () => {
    const left = call(world, "POST /logout", { token });
    await untilWaiting(world, 1);
    const stepped = stepUp(world, token);
    await untilWaiting(world, 2);
    return { left, stepped };
  });
  expect((await held.left).status).toBe(204);
  expect((await held.stepped).status).toBe(401);
  const { refreshTokens } = world.tables;
  expect(await world.db.select().from(refreshTokens)).toMatchObject([
    { revokedReason: "signed_out" },
  ]);
});

test("with a second factor a password alone lifts no session that did not pass it (R-39)", async () => {
  stopClock();
  await using world = await openWorld();
  const { accessToken, secret } = await withTotp(world);
  expect((await claimsOf(world, accessToken)).amr).toEqual(["pwd"]);
  const half = await stepUp(world, accessToken);
  expect(half).toMatchObject({ status: 200, body: { twoFactorRequired: true } });
  expect(half.body).not.toHaveProperty("accessToken");
  expect((await call(world, "GET /me", { token: half.body.pendingToken })).status).toBe(401);
  expect((await call(world, "GET /me", { token: accessToken })).status).toBe(200);

  const code = totpCode(secret);
  const done = await verify(world, { pendingToken: half.body.pendingToken, method: "totp", code });
  expect((await claimsOf(world, done.body.accessToken)).amr).toEqual(["pwd", "otp", "mfa"]);
  // Now the session is multi-factor, and a password renews it with its words.
  const renewed = await stepUp(world, done.body.accessToken);
  expect((await claimsOf(world, renewed.body.accessToken)).amr).toEqual(["pwd", "otp", "mfa"]);
});

test("a second factor steps up too, once a code, and never by a wrong one (A-12)", async () => {
  stopClock();
  await using world = await openWorld();
  const { accessToken, secret } = await withTotp(world);
  const body = { method: "totp", code: totpCode(secret) };
  const wrong = await stepUp(world, accessToken, { ...body, code: "000000" });
  expect(wrong).toMatchObject({ status: 401, body: { code: "invalid_code" } });
  const stepped = await stepUp(world, accessToken, body);
  expect(stepped.status).toBe(200);
  expect((await claimsOf(world, stepped.body.accessToken)).amr).toEqual(["pwd", "otp", "mfa"]);
  const again = await stepUp(world, stepped.body.accessToken, body);
  expect(again).toMatchObject({ status: 401, body: { code: "invalid_code" } });
});

test("in cookie mode stepping up replaces the cookie, and its CSRF token is another (R-44, A-18)", async () => {
  await using world = await openWorld();
  await signUp(world);
  const browser = openBrowser(world);
  const login = { email: "ada@example.com", password, transport: "cookie" };
  const { body } = await browser.call("POST /login", { body: login });
  const old = { cookie: browser.jar.get("__Host-postern_refresh"), csrf: await browser.withCsrf() };
  const stepped = await browser.call("POST /step-up", {
    token: body.accessToken,
    body: { password, transport: "cookie" },
  });
  expect(stepped.status).toBe(200);
  expect(stepped.body).not.toHaveProperty("refreshToken");
  expect(browser.jar.get("__Host-postern_refresh")).not.toBe(old.cookie);
  const refused = await browser.call("POST /refresh", { body: {}, headers: old.csrf });
  expect(refused.status).toBe(403);
  const headers = await browser.withCsrf();
  expect((await browser.call("POST /refresh", { body: {}, headers })).status).toBe(200);
});

test("a body with both proofs or none is 400, and no bearer 401", async () => {
  await using world = await openWorld();
  const { accessToken } = await signUp(world);
  for (const body of [{}, { password, method: "totp", code: "123456" }, { method: "totp" }]) {
    expect((await stepUp(world, accessToken, body)).status).toBe(400);
  }
  expect((await call(world, "POST /step-up", { body: { password } })).status).toBe(401);
});
