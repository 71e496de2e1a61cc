import { createServer, type RequestListener } from "node:http";
import type { AddressInfo } from "node:net";
import { listenWorld } from "@postern/auth/testing/listen-world";
import { expect, test } from "vitest";
import { createClient, PosternError, webStorage } from "./index.ts";
import { ada, openStorage, watchClient } from "./testing/watched-client.ts";

/** A server that answers as a test says. */
async function serve(listener: RequestListener) {
  const server = createServer(listener);
  await new Promise<void>((resolve) => void server.listen(0, "127.0.0.1", resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return { url, [Symbol.asyncDispose]: async () => void server.close() };
}

test("a refusal is thrown as one error: code, status, fields, the time to wait and the request's id", async () => {
  await using world = await listenWorld();
  const { client } = watchClient(world);
  const refused = await client.signIn({ email: "x", password: "y" }).catch((it: unknown) => it);
  expect(refused).toBeInstanceOf(PosternError);
  expect(refused).toMatchObject({
    name: "PosternError",
    code: "invalid_request",
    status: 400,
    errors: [{ pointer: "/email", message: expect.any(String) }],
    instance: expect.stringMatching(/^urn:uuid:/),
  });
  const wrong = { email: ada.email, password: "wrong every time" };
  for (let guess = 0; guess < 5; guess += 1) {
    await expect(client.signIn(wrong)).rejects.toMatchObject({ code: "invalid_credentials" });
  }
  const locked = await client.signIn(wrong).catch((it: unknown) => it);
  expect(locked).toMatchObject({ code: "account_locked", status: 429 });
  expect((locked as PosternError).retryAfterSeconds).toBeGreaterThan(0);
});

test("a wrong password is no reason to renew or to end a session", async () => {
  await using world = await listenWorld();
  const { client, ends, refreshes } = watchClient(world);
  await client.signUp(ada);
  const change = client.changePassword({
    currentPassword: "not it at all",
    newPassword: "a new and long one",
  });
  await expect(change).rejects.toMatchObject({ code: "invalid_credentials" });
  expect(refreshes()).toBe(0);
  expect(ends).toEqual([]);
});

test("path, query and body come from one object, and a call without an answer gives nothing", async () => {
  await using world = await listenWorld();
  const { client, lines } = watchClient(world);
  await client.signUp(ada);
  const { devices } = await client.listDevices();
  const { id } = devices[0]!;
  expect(await client.changeDevice({ id, name: "Work laptop" })).toBeUndefined();
  expect((await client.listDevices()).devices[0]?.name).toBe("Work laptop");
  expect((await client.listSecurityEvents({ limit: 1 })).events).toHaveLength(1);
  const [{ id: sessionId } = { id: "" }] = (await client.listSessions()).sessions;
  await client.endSession({ id: sessionId });
  expect(lines.at(-1)).toBe(`DELETE /api/auth/sessions/${sessionId}`);
  const elsewhere = client.endSession({ id: "../../account" });
  await expect(elsewhere).rejects.toMatchObject({ status: expect.any(Number) });
  expect(lines.at(-1)).toBe("DELETE /api/auth/sessions/..%2F..%2Faccount");
  await expect(client.endSession({ id: ".." })).rejects.toThrow(TypeError);
});

test("a device is known again after a sign-out, though the app never saw its token (R-13)", async () => {
  await using world = await listenWorld();
  const storage = openStorage();
  const { client } = watchClient(world, { storage });
  await client.signUp(ada);
  await client.signOut();
  expect(await storage.read()).toMatchObject({ session: null, deviceToken: expect.any(String) });
  await client.signIn({ email: ada.email, password: ada.password });
  expect((await client.listDevices()).devices).toHaveLength(1);
});

test("signing out ends the session at the service, and here even where that is not reached", async () => {
  await using world = await listenWorld();
  const storage = openStorage();
  let isCut = false;
  const { client, ends } = watchClient(world, {
    storage,
    fetch: (request) => (isCut ? Promise.reject(new TypeError("cut")) : fetch(request)),
  });
  await client.signUp(ada);
  const { accessToken } = (await storage.read())!.session!;
  await client.signOut();
  const after = await fetch(`${world.url}/api/auth/me`, {
    headers: { authorization: `Bearer ${accessToken}` },
  });
  expect(after.status).toBe(401);
  await client.signOut();

  await client.signIn({ email: ada.email, password: ada.password });
  isCut = true;
  await expect(client.signOut()).rejects.toMatchObject({ code: "unreachable", status: 0 });
  expect(await client.isSignedIn()).toBe(false);
  isCut = false;
  await client.signIn({ email: ada.email, password: ada.password });
  await client.signOutEverywhere();
  expect(await client.isSignedIn()).toBe(false);
  expect(ends).toEqual([]);
});

test("503 with Retry-After is tried again for calls that may be repeated, and for no other", async () => {
  let calls = 0;
  await using server = await serve((_request, response) => {
    calls += 1;
    response.writeHead(calls % 3 === 0 ? 204 : 503, { "retry-after": "0" }).end();
  });
  const client = createClient({ baseUrl: server.url });
  await client.endSession({ id: "x" });
  expect(calls).toBe(3);
  await expect(client.requestPasswordReset({ email: ada.email })).rejects.toMatchObject({
    status: 503,
    retryAfterSeconds: 0,
  });
  expect(calls).toBe(4);
});

test("a wait is bounded: three tries in all, none for a long time, and the caller may end it", async () => {
  let calls = 0;
  let retryAfter = "0";
  await using server = await serve((_request, response) => {
    calls += 1;
    response.writeHead(503, { "retry-after": retryAfter }).end();
  });
  const client = createClient({ baseUrl: server.url });
  await expect(client.getAccount()).rejects.toMatchObject({ code: "unexpected_answer" });
  expect(calls).toBe(3);
  retryAfter = "3600";
  await expect(client.getAccount()).rejects.toMatchObject({ retryAfterSeconds: 3_600 });
  expect(calls).toBe(4);
  retryAfter = "10";
  const aborted = client.getAccount({}, { signal: AbortSignal.timeout(50) });
  await expect(aborted).rejects.toMatchObject({ name: "TimeoutError" });
});

test("what is no problem document and what is no answer have codes of their own", async () => {
  await using server = await serve((_request, response) => {
    response.writeHead(200, { "content-type": "text/html" }).end("<p>a captive portal</p>");
  });
  const { getAccount } = createClient({ baseUrl: server.url });
  await expect(getAccount()).rejects.toMatchObject({ code: "unexpected_answer", status: 200 });
  const { getAccount: fromNobody } = createClient({ baseUrl: "http://127.0.0.1:1" });
  await expect(fromNobody()).rejects.toMatchObject({ code: "unreachable", status: 0 });
});

test("fetch sends the token to the origins that were named and to no other", async () => {
  await using world = await listenWorld();
  const seen: (string | undefined)[] = [];
  await using own = await serve((request, response) => {
    seen.push(request.headers.authorization);
    response.writeHead(seen.length === 2 ? 401 : 200).end();
  });
  const resourceOrigins = [own.url, "http://api.invalid"];
  const { client, refreshes } = watchClient(world, { resourceOrigins });
  const { accessToken } = (await client.signUp(ada)) as { accessToken: string };
  await client.fetch(`${own.url}/orders`);
  expect(seen).toEqual([`Bearer ${accessToken}`]);
  expect((await client.fetch(`${own.url}/orders`)).status).toBe(200);
  expect(refreshes()).toBe(1);
  expect(seen).toHaveLength(3);
  await expect(client.fetch("http://127.0.0.1:9/orders")).rejects.toThrow(TypeError);
  await expect(client.fetch("http://api.invalid.evil.invalid/")).rejects.toThrow(TypeError);
  await expect(client.fetch(own.url.replace("127.0.0.1", "localhost"))).rejects.toThrow(TypeError);
});

test("a web storage keeps the session across a reload, and reads what is not ours as nothing", async () => {
  await using world = await listenWorld();
  const items = new Map<string, string>();
  const area = {
    getItem: (key: string) => items.get(key) ?? null,
    setItem: (key: string, value: string) => void items.set(key, value),
  };
  await watchClient(world, { storage: webStorage(area) }).client.signUp(ada);
  const reloaded = watchClient(world, { storage: webStorage(area) });
  expect((await reloaded.client.getAccount()).user.email).toBe(ada.email);
  for (const text of ["{", "7", '{"theme":"dark"}']) {
    items.set("postern", text);
    expect(await reloaded.client.isSignedIn()).toBe(false);
  }
});
