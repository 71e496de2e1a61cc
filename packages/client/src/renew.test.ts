import { expireToken } from "@postern/auth/testing/forge-token";
import { listenWorld } from "@postern/auth/testing/listen-world";
import { sql } from "drizzle-orm";
import { expect, test } from "vitest";
import type { SessionStorage } from "./index.ts";
import { ada, letTokenEnd, openStorage, watchClient } from "./testing/watched-client.ts";

type World = Awaited<ReturnType<typeof listenWorld>>;

/** Lets the service refuse the kept access token; the client believes that it is good. */
async function spoilToken(world: World, storage: SessionStorage) {
  const kept = (await storage.read())!;
  const accessToken = await expireToken(world, kept.session!.accessToken);
  await storage.write({ ...kept, session: { ...kept.session!, accessToken } });
}

const sessionsOf = ({ db, tables: { refreshTokens } }: World) => db.select().from(refreshTokens);

test("a hundred calls at once with an expired access token renew it once, and all are answered (R-36)", async () => {
  await using world = await listenWorld();
  const storage = openStorage();
  const { client, lines, refreshes } = watchClient(world, { storage });
  await client.signUp(ada);
  await spoilToken(world, storage);
  const answers = await Promise.all(Array.from({ length: 100 }, () => client.getAccount()));
  expect(new Set(answers.map(({ user }) => user.email))).toEqual(new Set([ada.email]));
  expect(refreshes()).toBe(1);
  expect(lines.filter((line) => line === "GET /api/auth/me")).toHaveLength(200);
});

test("a token whose time is over by the client's clock is renewed before it is sent", async () => {
  await using world = await listenWorld();
  const storage = openStorage();
  const { client, lines, refreshes } = watchClient(world, { storage });
  await client.signUp(ada);
  await letTokenEnd(storage);
  await Promise.all(Array.from({ length: 100 }, () => client.getAccount()));
  expect(refreshes()).toBe(1);
  expect(lines.filter((line) => line === "GET /api/auth/me")).toHaveLength(100);
});

test.for(["with Web Locks", "without Web Locks"])(
  "two clients on one storage, as two tabs, renew once between them and end nothing, %s (R-36)",
  async (way, { onTestFinished }) => {
    if (way === "without Web Locks") {
      const locks = Object.getOwnPropertyDescriptor(globalThis, "navigator")!;
      Object.defineProperty(globalThis, "navigator", { value: {}, configurable: true });
      onTestFinished(() => void Object.defineProperty(globalThis, "navigator", locks));
    }
    await using world = await listenWorld({ environment: { REFRESH_GRACE_SECONDS: "0" } });
    const storage = openStorage(`shared ${way}`);
    const [one, two] = [watchClient(world, { storage }), watchClient(world, { storage })];
    await one.client.signUp(ada);
    for (let turn = 1; turn <= 5; turn += 1) {
      await spoilToken(world, storage);
      const calls = [one, two].flatMap(({ client }) => [client.getAccount(), client.getAccount()]);
      await Promise.all(calls);
      expect(one.refreshes() + two.refreshes()).toBe(turn);
    }
    expect([...one.ends, ...two.ends]).toEqual([]);
    expect(await sessionsOf(world)).toHaveLength(6);
  },
);

test("clients that no lock joins get one successor: the late one takes what the other kept (R-36)", async () => {
  await using world = await listenWorld();
  const shared = openStorage("one");
  const fast = watchClient(world, { storage: shared });
  // As another process would: the same storage under a lock of its own.
  const slow = watchClient(world, {
    storage: { ...shared, name: "other" },
    fetch: async (request) => {
      if (request.url.endsWith("/refresh")) {
        await fast.client.getAccount();
      }
      return fetch(request);
    },
  });
  await fast.client.signUp(ada);
  await letTokenEnd(shared);
  await slow.client.getAccount();
  await fast.client.getAccount();
  expect([fast.refreshes(), slow.refreshes()]).toEqual([1, 1]);
  expect([...fast.ends, ...slow.ends]).toEqual([]);
  expect(await sessionsOf(world)).toHaveLength(2);
});

test("an answer that was lost on its way is asked for again, inside the grace window (R-36)", async () => {
  await using world = await listenWorld();
  const storage = openStorage();
  let isLost = false;
  const { client, ends, refreshes } = watchClient(world, {
    storage,
    fetch: async (request) => {
      const answer = await fetch(request);
      if (request.url.endsWith("/refresh") && !isLost) {
        isLost = true;
        throw new TypeError("fetch failed");
      }
      return answer;
    },
  });
  await client.signUp(ada);
  await letTokenEnd(storage);
  expect((await client.getAccount()).user.email).toBe(ada.email);
  expect(refreshes()).toBe(2);
  expect(ends).toEqual([]);
});

test("a stolen token that was used before ends in a signed-out client, not in a loop (R-35, A-15)", async () => {
  await using world = await listenWorld();
  const storage = openStorage();
  const { client, lines, ends, refreshes } = watchClient(world, { storage });
  await client.signUp(ada);
  const stolen = (await storage.read())!.session!.refreshToken;
  await letTokenEnd(storage);
  await client.getAccount();
  await letTokenEnd(storage);
  await client.getAccount();
  const theft = await fetch(`${world.url}/api/auth/refresh`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ refreshToken: stolen }),
  });
  expect((await theft.json()) as object).toMatchObject({ code: "token_reused" });

  lines.length = 0;
  const refused = await Promise.allSettled(Array.from({ length: 20 }, () => client.getAccount()));
  expect(refused.map((it) => it.status === "rejected" && it.reason.code)).toEqual(
    Array(20).fill("session_ended"),
  );
  expect(ends).toMatchObject([{ code: "session_ended", status: 401 }]);
  expect(refreshes()).toBe(1);
  expect(await client.isSignedIn()).toBe(false);
  expect((await storage.read())?.session).toBeNull();

  lines.length = 0;
  await expect(client.getAccount()).rejects.toMatchObject({ code: "invalid_token" });
  expect(lines).toEqual(["GET /api/auth/me"]);
});

test("the client that presents a used token itself is told so and is signed out", async () => {
  await using world = await listenWorld();
  const storage = openStorage();
  const { client, ends } = watchClient(world, { storage });
  await client.signUp(ada);
  const before = (await storage.read())!;
  await letTokenEnd(storage);
  await client.getAccount();
  await world.db.update(world.tables.refreshTokens).set({
    rotatedAt: sql`${world.tables.refreshTokens.rotatedAt} - interval '1 minute'`,
  });
  await storage.write(before);
  await letTokenEnd(storage);
  await expect(client.getAccount()).rejects.toMatchObject({ code: "token_reused" });
  expect(ends).toMatchObject([{ code: "token_reused" }]);
});

test("a service that is away ends no session: the next call renews it", async () => {
  await using world = await listenWorld();
  const storage = openStorage();
  let isAway = true;
  const { client, ends } = watchClient(world, {
    storage,
    fetch: async (request) => {
      if (isAway && request.url.endsWith("/refresh")) {
        return new Response("busy", { status: 503, headers: { "retry-after": "1" } });
      }
      return fetch(request);
    },
  });
  await client.signUp(ada);
  await letTokenEnd(storage);
  await expect(client.getAccount()).rejects.toMatchObject({ status: 503, retryAfterSeconds: 1 });
  await expect(client.isSignedIn()).rejects.toMatchObject({ status: 503 });
  isAway = false;
  expect(await client.isSignedIn()).toBe(true);
  expect(ends).toEqual([]);
});

test("who signs out while the session is renewed stays signed out, here and at the service", async () => {
  await using world = await listenWorld();
  const storage = openStorage();
  const { client } = watchClient(world, {
    storage,
    fetch: async (request) => {
      const answer = await fetch(request);
      if (request.url.endsWith("/refresh")) {
        await client.signOut();
      }
      return answer;
    },
  });
  await client.signUp(ada);
  await letTokenEnd(storage);
  await expect(client.getAccount()).rejects.toMatchObject({ status: 401 });
  expect(await client.isSignedIn()).toBe(false);
  expect((await storage.read())?.session).toBeNull();
  const heads = (await sessionsOf(world)).filter(({ generation }) => generation === 0);
  expect(heads).toMatchObject([{ revokedReason: "signed_out" }]);
});

test("a renewal keeps the token by which the device is known (R-13)", async () => {
  await using world = await listenWorld();
  const storage = openStorage();
  const { client, refreshes } = watchClient(world, { storage });
  await client.signUp(ada);
  const { deviceToken } = (await storage.read())!;
  await letTokenEnd(storage);
  await client.getAccount();
  expect(refreshes()).toBe(1);
  expect((await storage.read())!.deviceToken).toBe(deviceToken);
  expect(deviceToken).toEqual(expect.any(String));
});

test("who signs in while an old session is renewed is not signed out by it", async () => {
  await using world = await listenWorld();
  const storage = openStorage();
  const { client, ends } = watchClient(world, {
    storage,
    fetch: async (request) => {
      const answer = await fetch(request);
      if (request.url.endsWith("/refresh")) {
        await client.signIn({ email: "eve@example.com", password: ada.password });
      }
      return answer;
    },
  });
  await client.signUp({ ...ada, email: "eve@example.com", name: "Eve" });
  await client.signUp(ada);
  await letTokenEnd(storage);
  expect((await client.getAccount()).user.email).toBe("eve@example.com");
  expect((await client.getAccount()).user.email).toBe("eve@example.com");
  expect(ends).toEqual([]);
});
