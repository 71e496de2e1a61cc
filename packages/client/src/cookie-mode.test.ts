import { existsSync, readFileSync } from "node:fs";
import { createServer } from "node:http";
import { stripTypeScriptTypes } from "node:module";
import type { AddressInfo } from "node:net";
import { listenWorld } from "@postern/auth/testing/listen-world";
import { chromium } from "playwright-core";
import { expect, test } from "vitest";
import { createClient } from "./index.ts";
import { openJar } from "./testing/browser-fetch.ts";
import { ada, openStorage, watchClient } from "./testing/watched-client.ts";

type World = Awaited<ReturnType<typeof listenWorld>>;

/** A tab: what it knows, it has of the cookies and of what the other tabs tell it. */
const openTab = (world: World, send: (request: Request) => Promise<Response>) =>
  watchClient(world, { transport: "cookie", fetch: send });

test("in cookie mode a client signs in, survives a reload and signs out, and holds no lasting token (R-44)", async () => {
  await using world = await listenWorld();
  const { jar, send } = openJar(world.url);
  const tab = openTab(world, send);
  const session = await tab.client.signUp(ada);
  expect(session).not.toHaveProperty("refreshToken");
  expect(session).not.toHaveProperty("deviceToken");
  expect([...jar.keys()].sort()).toEqual(["__Host-postern_device", "__Host-postern_refresh"]);

  // Another machine's page has no channel to this one, as a reloaded page has none.
  const reloaded = createClient({ baseUrl: `${world.url}/`, transport: "cookie", fetch: send });
  expect(await reloaded.isSignedIn()).toBe(true);
  expect((await reloaded.getAccount()).user.email).toBe(ada.email);

  await reloaded.signOut();
  expect([...jar.keys()]).toEqual(["__Host-postern_device"]);
  expect(await reloaded.isSignedIn()).toBe(false);
  await expect(tab.client.getAccount()).rejects.toMatchObject({ status: 401 });
});

test("a page without a session asks once for one, and is told that there is none", async () => {
  await using world = await listenWorld();
  const { send } = openJar(world.url);
  const { client, lines, ends } = openTab(world, send);
  expect(await client.isSignedIn()).toBe(false);
  expect(await client.isSignedIn()).toBe(false);
  expect(lines).toEqual(["GET /api/auth/csrf"]);
  expect(ends).toEqual([]);
});

test("a hundred calls of two tabs renew the session, and none ends it (R-36)", async () => {
  await using world = await listenWorld({ environment: { REFRESH_GRACE_SECONDS: "0" } });
  const { send } = openJar(world.url);
  const tabs = [openTab(world, send), openTab(world, send)];
  await tabs[0]!.client.signUp(ada);
  const fresh = [openTab(world, send), openTab(world, send)];
  const calls = Array.from({ length: 100 }, (_, index) => fresh[index % 2]!.client.getAccount());
  expect(await Promise.all(calls)).toHaveLength(100);
  expect(fresh.every(({ refreshes }) => refreshes() <= 1)).toBe(true);
  expect(fresh.flatMap(({ ends }) => ends)).toEqual([]);
});

test("a sign-in as somebody else makes the page's CSRF token stale, and it is asked for again (R-45)", async () => {
  await using world = await listenWorld();
  const { send } = openJar(world.url);
  await openTab(world, send).client.signUp({ ...ada, email: "eve@example.com" });
  await openTab(world, send).client.signUp(ada);
  const { client, lines } = openTab(world, send);
  // As after a reload: the session is renewed, with the CSRF token of Ada's.
  expect(await client.isSignedIn()).toBe(true);
  await client.signIn({ email: "eve@example.com", password: ada.password });
  lines.length = 0;
  await client.signOut();
  const logout = "POST /api/auth/logout";
  expect(lines).toEqual([logout, "GET /api/auth/csrf", logout]);
  expect(await client.isSignedIn()).toBe(false);
});

test("cookie mode takes no storage", () => {
  const options = { baseUrl: "http://127.0.0.1:1", transport: "cookie" as const };
  expect(() => createClient({ ...options, storage: openStorage() })).toThrow(TypeError);
});

const CHROMIUM = "/usr/bin/chromium";

/** The package's own sources as modules that a browser reads, and a page of no content. */
async function serveApp() {
  const server = createServer((request, response) => {
    if (!request.url?.endsWith(".ts")) {
      response.setHeader("content-type", "text/html").end("<!doctype html><title>app</title>");
      return;
    }
    const source = readFileSync(new URL(`.${request.url}`, import.meta.url), "utf8");
    response.setHeader("content-type", "text/javascript").end(stripTypeScriptTypes(source));
  });
  await new Promise<void>((resolve) => void server.listen(0, "127.0.0.1", resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return { url, [Symbol.asyncDispose]: async () => void server.close() };
}

test("in Chromium the tabs of an app on another origin share a session and its end (R-44, R-68)", {
  timeout: 60_000,
}, async ({ skip }) => {
  skip(!existsSync(CHROMIUM), `There is no ${CHROMIUM} to try cookie mode in.`);
  await using app = await serveApp();
  await using world = await listenWorld({ environment: { CORS_ORIGINS: app.url } });
  const browser = await chromium.launch({
    executablePath: CHROMIUM,
    args: ["--headless", "--no-sandbox"],
  });
  try {
    const context = await browser.newContext();
    const openPage = async () => {
      const page = await context.newPage();
      await page.goto(app.url);
      await page.evaluate(
        `import("/index.ts").then(({ createClient }) => {
          globalThis.client = createClient({ baseUrl: ${JSON.stringify(world.url)}, transport: "cookie" });
        })`,
      );
      return page;
    };
    const [one, two] = [await openPage(), await openPage()];
    await one.evaluate(`client.signUp(${JSON.stringify(ada)})`);
    const emails =
      "Promise.all([1, 2, 3].map(() => client.getAccount().then(({ user }) => user.email)))";
    expect(await two.evaluate(emails)).toEqual(Array(3).fill(ada.email));

    const reloaded = await openPage();
    expect(await reloaded.evaluate(emails)).toEqual(Array(3).fill(ada.email));
    expect(
      await reloaded.evaluate("JSON.stringify({ ...localStorage, cookie: document.cookie })"),
    ).toBe('{"cookie":""}');

    await reloaded.evaluate("client.signOut()");
    expect(await one.evaluate("client.isSignedIn()")).toBe(false);
    const refused = await two.evaluate("client.getAccount().catch(({ code }) => code)");
    expect(refused).toMatch(/invalid_token|session_ended/);
  } finally {
    await browser.close();
  }
});
