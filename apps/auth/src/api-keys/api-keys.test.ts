import { startRedis } from "@postern/devkit";
import { eq, sql } from "drizzle-orm";
import { expect, test } from "vitest";
import { call, password, signUp } from "../testing/client.ts";
import { sameId } from "../testing/same-id.ts";
import { openWorld, type World } from "../testing/world.ts";

const body = { name: "CI", scopes: ["read"] };

async function make(world: World, token: string, more: object = {}) {
  const answer = await call(world, "POST /api-keys", { token, body: { ...body, ...more } });
  expect(answer.status).toBe(201);
  return answer.body as { id: string; key: string; prefix: string };
}

const verify = async (world: World, key: string, scopes?: string[]) =>
  (await call(world, "POST /api-keys/verify", { body: { key, ...(scopes && { scopes }) } })).body;

const countKeys = async ({ db, tables: { apiKeys } }: World) =>
  (await db.select().from(apiKeys)).length;

test("a key is shown once, kept as SHA-256, listed by its prefix, and good until it is revoked (R-71)", async () => {
  await using world = await openWorld();
  const { accessToken: token, user } = await signUp(world);
  const { id, key, prefix } = await make(world, token);
  expect(key).toMatch(/^pak_[A-Za-z0-9_-]{43}$/);
  expect(key.startsWith(prefix)).toBe(true);
  expect(await verify(world, key, ["read"])).toEqual({
    valid: true,
    userId: user.id,
    scopes: ["read"],
  });

  const { apiKeys, securityEvents, emailDeliveryLog } = world.tables;
  const [row] = await world.db.select().from(apiKeys);
  expect(Math.round((row!.expiresAt.getTime() - row!.createdAt.getTime()) / 86_400_000)).toBe(90);
  const stored = JSON.stringify([row, ...(await world.db.select().from(securityEvents))]);
  expect(stored).not.toContain(key.slice(prefix.length));
  const [mail] = await world.db.select().from(emailDeliveryLog);
  const userId = sameId(user.id);
  expect(mail).toMatchObject({ template: "api_key_created", status: "pending", userId });

  const listed = await call(world, "GET /api-keys", { token });
  expect(listed.body.apiKeys).toMatchObject([{ id, prefix, name: "CI", lastUsedAt: null }]);
  expect(JSON.stringify(listed.body)).not.toMatch(/hash|"key"/);

  expect((await call(world, `DELETE /api-keys/${id}`, { token })).status).toBe(204);
  expect(await verify(world, key)).toEqual({ valid: false, reason: "revoked" });
  expect((await call(world, `DELETE /api-keys/${id}`, { token })).status).toBe(404);
  for (const type of ["api_key_created", "api_key_revoked"]) {
    const events = await world.db
      .select()
      .from(securityEvents)
      .where(eq(securityEvents.eventType, type));
    expect(events).toHaveLength(1);
  }
});

test("a key for somebody else, for more than the owner may, or for ever is refused (A-05, R-71)", async () => {
  await using world = await openWorld();
  const eve = await signUp(world, "eve@example.com");
  const victim = await signUp(world, "victim@example.com");
  const token = eve.accessToken;
  const asks = [
    { body: { ...body, userId: victim.user.id }, token, status: 400 },
    { body: { ...body, scopes: ["admin"] }, token, status: 400 },
    { body: { ...body, expiresInDays: 366 }, token, status: 400 },
    { body, status: 401 },
    { body, token: eve.refreshToken, status: 401 },
  ];
  for (const { status, ...ask } of asks) {
    expect((await call(world, "POST /api-keys", ask)).status).toBe(status);
  }
  expect(await countKeys(world)).toBe(0);

  const { id } = await make(world, victim.accessToken);
  expect((await call(world, `DELETE /api-keys/${id}`, { token })).status).toBe(404);
  expect((await call(world, "GET /api-keys", { token })).body.apiKeys).toEqual([]);
});

test("a key opens nothing here: no session, no credential, no other key (R-71)", async () => {
  await using world = await openWorld();
  const { accessToken } = await signUp(world);
  const { key: token } = await make(world, accessToken);
  const lines = [
    "GET /me",
    "GET /sessions",
    "GET /api-keys",
    "POST /api-keys",
    "POST /logout-all",
    "POST /refresh",
  ];
  for (const line of lines) {
    const payload = { "POST /api-keys": body, "POST /refresh": { refreshToken: token } }[line];
    const answer = await call(world, line, { token, ...(payload && { body: payload }) });
    expect([line, answer.status]).toEqual([line, 401]);
  }
});

test("an old sign-in makes no key, and neither does one of a device that is not known while the account is locked (R-15, R-13)", async () => {
  await using world = await openWorld();
  const { accessToken: token } = await signUp(world);
  const { now } = world;
  const later = { ...world, now: () => new Date(now().getTime() + 301_000) };
  const { createApiKey } = await import("./create-api-key.ts");
  const { authenticate } = await import("../sessions/authenticate.ts");
  const claims = await authenticate(world, `Bearer ${token}`);
  const origin = {
    ipAddress: "192.0.2.7",
    network: "192.0.2.7",
    userAgent: null,
    acceptLanguage: null,
  };
  const input = {
    claims,
    name: "CI",
    scopes: [],
    expiresInDays: 1,
    rateLimitPerMinute: null,
    origin,
  };
  await expect(createApiKey(later, input)).rejects.toMatchObject({ code: "step_up_required" });
  const login = (typed: string) =>
    call(world, "POST /login", { body: { email: "ada@example.com", password: typed } });
  for (let guess = 0; guess < 5; guess += 1) {
    expect((await login("wrong")).status).toBe(401);
  }
  expect((await login(password)).body.code).toBe("account_locked");
  // A stranger locked her out of nothing: her own device has a lane of its own.
  expect((await call(world, "POST /api-keys", { token, body })).status).toBe(201);
  await world.db.update(world.tables.userDevices).set({ revokedAt: sql`now()` });
  const locked = await call(world, "POST /api-keys", { token, body });
  expect(locked).toMatchObject({ status: 429, body: { code: "account_locked" } });
  expect(Number(locked.headers["retry-after"])).toBeGreaterThan(30);
});

test("what is wrong with a key is said: unknown, expired, its owner disabled, a scope it lacks", async () => {
  await using world = await openWorld();
  const { accessToken: token } = await signUp(world);
  const { key } = await make(world, token, { scopes: ["read"] });
  const { db, tables } = world;
  const unknown = `pak_${"A".repeat(43)}`;
  for (const text of [unknown, "pak_short", `${key} `, "x"]) {
    expect(await verify(world, text)).toEqual({ valid: false, reason: "unknown" });
  }
  expect(await verify(world, key, ["write"])).toEqual({ valid: false, reason: "scope_missing" });
  await db.update(tables.users).set({ disabledAt: new Date() });
  expect(await verify(world, key)).toEqual({ valid: false, reason: "revoked" });
  await db.update(tables.users).set({ disabledAt: null });
  await db.update(tables.apiKeys).set({ expiresAt: sql`now()` });
  expect(await verify(world, key)).toEqual({ valid: false, reason: "expired" });
});

test("a limit holds over 50 parallel uses, and the last use is written in a batch", async () => {
  await using world = await openWorld();
  const { accessToken: token } = await signUp(world);
  const { key } = await make(world, token, { rateLimitPerMinute: 20 });
  const answers = await Promise.all(Array.from({ length: 50 }, () => verify(world, key)));
  expect(answers.filter(({ valid }) => valid)).toHaveLength(20);
  expect(answers.filter(({ reason }) => reason === "rate_limited")).toHaveLength(30);
  expect(Math.min(...answers.flatMap(({ remaining = 99 }) => remaining))).toBe(0);
  const { apiKeys } = world.tables;
  expect((await world.db.select().from(apiKeys))[0]!.lastUsedAt).toBeNull();
  await world.apiKeyUses.stop();
  expect((await world.db.select().from(apiKeys))[0]).toMatchObject({ lastUsedIp: "192.0.2.7" });
});

test("while Redis is away a key with a limit is not answered for, and one without goes on (R-70)", async () => {
  await using redis = await startRedis();
  await using world = await openWorld({ redisUrl: redis.url });
  const { accessToken: token } = await signUp(world);
  const free = await make(world, token);
  const limited = await make(world, token, { rateLimitPerMinute: 20 });
  await redis.freeze();
  expect(await verify(world, free.key)).toMatchObject({ valid: true });
  const refused = await call(world, "POST /api-keys/verify", { body: { key: limited.key } });
  expect(refused).toMatchObject({ status: 503, body: { code: "service_unavailable" } });
  await redis.thaw();
});
