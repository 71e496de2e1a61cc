import { eq } from "drizzle-orm";
import { expect, test } from "vitest";
import { openBrowser, PAGE } from "../testing/browser.ts";
import { call, password, signUp } from "../testing/client.ts";
import { openWorld, type World } from "../testing/world.ts";

const email = "ada@example.com";
const login = { email, password, transport: "cookie" };
const REFRESH = "__Host-postern_refresh";
const DEVICE = "__Host-postern_device";

async function openSignedIn(world: World) {
  await signUp(world);
  const browser = openBrowser(world);
  const { body } = await browser.call("POST /login", { body: login });
  return { browser, body };
}

test("cookie mode sets two cookies that no script reads, and no body holds their tokens (R-44)", async () => {
  await using world = await openWorld();
  const { browser, body } = await openSignedIn(world);
  expect(browser.setCookies).toHaveLength(2);
  for (const line of browser.setCookies) {
    expect(line).toMatch(/^__Host-postern_(refresh|device)=p(rt|dv)_[\w-]{43};/);
    const attributes = line.split("; ").slice(1);
    expect(attributes).toEqual(
      expect.arrayContaining(["Path=/", "HttpOnly", "Secure", "SameSite=Strict"]),
    );
    expect(line).not.toMatch(/domain/i);
    expect(line.length).toBeLessThan(4_096);
  }
  expect(body).toMatchObject({ accessToken: expect.any(String), user: { email } });
  expect(body).not.toHaveProperty("refreshToken");
  expect(body).not.toHaveProperty("deviceToken");

  const refreshed = await browser.call("POST /refresh", {
    body: {},
    headers: await browser.withCsrf(),
  });
  expect(refreshed.status).toBe(200);
  expect(JSON.stringify(refreshed.body)).not.toContain("prt_");
});

test("sign-up in cookie mode signs the browser in, and its device is known at the next sign-in", async () => {
  await using world = await openWorld();
  const browser = openBrowser(world);
  const body = { email, password, name: "Ada", transport: "cookie" };
  expect(await browser.call("POST /signup", { body })).toMatchObject({ status: 201 });
  const device = browser.jar.get(DEVICE);
  const again = await browser.call("POST /login", { body: login });
  expect(again.status).toBe(200);
  expect(browser.jar.get(DEVICE)).toBe(device);
  expect(await world.db.select().from(world.tables.userDevices)).toHaveLength(1);
});

test("a page refreshes and signs out with cookie and CSRF token; then nothing works (R-45, A-17)", async () => {
  await using world = await openWorld();
  const { browser, body } = await openSignedIn(world);
  const headers = await browser.withCsrf();
  const old = browser.jar.get(REFRESH);
  const refreshed = await browser.call("POST /refresh", { body: {}, headers });
  expect(refreshed.status).toBe(200);
  expect(browser.jar.get(REFRESH)).not.toBe(old);
  // The token belongs to the session, not to one refresh token.
  expect((await browser.call("POST /refresh", { body: {}, headers })).status).toBe(200);

  const kept = browser.jar.get(REFRESH) ?? "";
  expect((await browser.call("POST /logout", { body: {}, headers })).status).toBe(204);
  expect(browser.jar.has(REFRESH)).toBe(false);
  browser.jar.set(REFRESH, kept);
  const replayed = await browser.call("POST /refresh", { body: {}, headers });
  expect(replayed).toMatchObject({ status: 401, body: { code: "session_ended" } });
  expect(browser.jar.has(REFRESH)).toBe(false);
  browser.jar.set(REFRESH, kept);
  expect((await browser.call("GET /csrf")).status).toBe(401);
  for (const token of [body.accessToken, refreshed.body.accessToken]) {
    expect((await call(world, "GET /me", { token })).status).toBe(401);
  }
});

test.for([
  { name: "another site", headers: { ...PAGE, origin: "https://evil.example" } },
  { name: "a neighbour's port", headers: { ...PAGE, origin: "http://127.0.0.1:3000" } },
  { name: "a longer host", headers: { ...PAGE, origin: "http://127.0.0.1:3001.evil.example" } },
  {
    name: "an opaque origin",
    headers: { ...PAGE, origin: "null", "sec-fetch-site": "cross-site" },
  },
  { name: "a sibling site", headers: { ...PAGE, origin: "null", "sec-fetch-site": "same-site" } },
  { name: "nowhere", headers: { "content-type": "application/json" } },
])("a call with cookies from $name changes nothing (R-45, A-33)", async ({ headers }) => {
  await using world = await openWorld();
  const { browser } = await openSignedIn(world);
  const { "x-csrf-token": csrf = "" } = await browser.withCsrf();
  for (const line of ["POST /refresh", "POST /logout"]) {
    const answer = await browser.call(line, {
      body: {},
      headers: { ...headers, "x-csrf-token": csrf },
    });
    expect(answer).toMatchObject({ status: 403, body: { code: "csrf_refused" } });
  }
  const foreign = await browser.call("POST /login", { body: login, headers });
  expect(foreign).toMatchObject({ status: 403, body: { code: "csrf_refused" } });
  expect(foreign.headers).not.toHaveProperty("set-cookie");
  expect(await world.db.select().from(world.tables.refreshTokens)).toHaveLength(2);
});

test("what a form can send is 415, and a page must show its own session's CSRF token (A-33)", async () => {
  await using world = await openWorld();
  const { browser } = await openSignedIn(world);
  const other = openBrowser(world);
  await other.call("POST /login", { body: login });
  for (const type of ["text/plain", "application/x-www-form-urlencoded"]) {
    const headers = { ...(await browser.withCsrf()), "content-type": type };
    for (const line of ["POST /refresh", "POST /logout"]) {
      expect((await browser.call(line, { body: "{}", headers })).status).toBe(415);
    }
  }
  const own = await browser.withCsrf();
  const { "content-type": _, ...typeless } = own;
  expect((await browser.call("POST /refresh", { headers: typeless })).status).toBe(415);
  const { "x-csrf-token": foreign } = await other.withCsrf();
  const token = own["x-csrf-token"] ?? "";
  for (const csrf of [
    foreign,
    undefined,
    "",
    `${token}x`,
    token.split(".")[0],
    `.${token.split(".")[1]}`,
  ]) {
    const headers = { ...PAGE, ...(csrf === undefined ? {} : { "x-csrf-token": csrf }) };
    const refused = await browser.call("POST /refresh", { body: {}, headers });
    expect(refused).toMatchObject({ status: 403, body: { code: "csrf_refused" } });
    const kept = await browser.call("POST /logout", { body: {}, headers });
    expect(kept).toMatchObject({ status: 403, body: { code: "csrf_refused" } });
  }
  expect((await browser.call("POST /refresh", { body: {}, headers: own })).status).toBe(200);
});

test("an allowed origin and a page of the same origin are trusted (R-45)", async () => {
  await using world = await openWorld({ environment: { CORS_ORIGINS: "https://app.example.com" } });
  const { browser } = await openSignedIn(world);
  const csrf = await browser.withCsrf();
  for (const from of [
    { origin: "https://app.example.com" },
    { origin: "null", "sec-fetch-site": "same-origin" },
  ]) {
    const headers = { ...csrf, ...from };
    expect((await browser.call("POST /refresh", { body: {}, headers })).status).toBe(200);
  }
});

test("bearer routes ignore cookies, and cookies alone open none of them (R-45)", async () => {
  await using world = await openWorld();
  const { browser } = await openSignedIn(world);
  for (const line of ["GET /me", "GET /session", "GET /sessions", "POST /logout-all"]) {
    expect((await browser.call(line)).status).toBe(401);
  }
  const eve = await signUp(world, "eve@example.com");
  const me = await browser.call("GET /me", { token: eve.accessToken });
  expect(me.body.user.email).toBe("eve@example.com");
  // The bearer's session ends, the cookie's goes on.
  expect((await browser.call("POST /logout", { token: eve.accessToken })).status).toBe(204);
  expect((await call(world, "GET /me", { token: eve.accessToken })).status).toBe(401);
  const headers = await browser.withCsrf();
  expect((await browser.call("POST /refresh", { body: {}, headers })).status).toBe(200);
});

test("cookies planted before a sign-in are replaced and open nothing (A-18)", async () => {
  await using world = await openWorld();
  await signUp(world);
  const eve = await signUp(world, "eve@example.com");
  const browser = openBrowser(world);
  browser.jar.set(DEVICE, eve.deviceToken).set(REFRESH, eve.refreshToken);
  await browser.call("POST /login", { body: login });
  expect(browser.jar.get(DEVICE)).not.toBe(eve.deviceToken);
  expect(browser.jar.get(REFRESH)).not.toBe(eve.refreshToken);
  const csrf = await browser.withCsrf();
  const { body } = await browser.call("POST /refresh", { body: {}, headers: csrf });
  expect(body.user.email).toBe(email);
  const { refreshTokens } = world.tables;
  const families = new Set((await world.db.select().from(refreshTokens)).map((it) => it.familyId));
  expect(families.size).toBe(3);
  const own = await world.db.select().from(refreshTokens).where(eq(refreshTokens.generation, 1));
  expect(own).toHaveLength(1);
});

test("a reused cookie ends the session and is taken back (R-35, A-15)", async () => {
  await using world = await openWorld();
  const { browser } = await openSignedIn(world);
  const headers = await browser.withCsrf();
  const first = browser.jar.get(REFRESH) ?? "";
  await browser.call("POST /refresh", { body: {}, headers });
  await browser.call("POST /refresh", { body: {}, headers });
  browser.jar.set(REFRESH, first);
  const reused = await browser.call("POST /refresh", { body: {}, headers });
  expect(reused).toMatchObject({ status: 401, body: { code: "token_reused" } });
  expect(browser.jar.has(REFRESH)).toBe(false);
});

test("50 parallel refreshes of one cookie get one successor (R-36, A-14)", async () => {
  await using world = await openWorld();
  const { browser } = await openSignedIn(world);
  const headers = {
    ...(await browser.withCsrf()),
    cookie: `${REFRESH}=${browser.jar.get(REFRESH)}`,
  };
  const answers = await Promise.all(
    Array.from({ length: 50 }, () => call(world, "POST /refresh", { body: {}, headers })),
  );
  expect(answers.map(({ status }) => status)).toEqual(Array(50).fill(200));
  expect(
    new Set(answers.map((answer) => String(answer.headers["set-cookie"]).split(";")[0])).size,
  ).toBe(1);
});
