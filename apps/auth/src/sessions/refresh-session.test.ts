import { eq, sql } from "drizzle-orm";
import { expect, test } from "vitest";
import { Problem } from "../problem.ts";
import { call, signUp } from "../testing/client.ts";
import { openWorld, type World } from "../testing/world.ts";

const refresh = (world: World, refreshToken: string) =>
  call(world, "POST /refresh", { body: { refreshToken } });

const criticalEvents = ({ db, tables: { securityEvents } }: World) =>
  db.select().from(securityEvents).where(eq(securityEvents.severity, "critical"));

/** Ages what was rotated instead of sleeping. */
const passSeconds = ({ db, tables: { refreshTokens } }: World, seconds: number) =>
  db.update(refreshTokens).set({
    rotatedAt: sql`${refreshTokens.rotatedAt} - make_interval(secs => ${seconds})`,
    expiresAt: sql`${refreshTokens.expiresAt} - make_interval(secs => ${seconds})`,
    absoluteExpiresAt: sql`${refreshTokens.absoluteExpiresAt} - make_interval(secs => ${seconds})`,
  });

test("50 parallel refreshes of one token: one successor, one new row, 50 answers of 200 (R-36, A-14)", async () => {
  await using world = await openWorld();
  const { refreshToken } = await signUp(world);
  const answers = await Promise.all(Array.from({ length: 50 }, () => refresh(world, refreshToken)));
  expect(answers.map(({ status }) => status)).toEqual(Array(50).fill(200));
  expect(new Set(answers.map(({ body }) => body.refreshToken)).size).toBe(1);
  expect(await world.db.select().from(world.tables.refreshTokens)).toHaveLength(2);

  const [first] = answers;
  expect((await refresh(world, first?.body.refreshToken)).status).toBe(200);
});

test("the grandparent inside the grace window ends the family (A-15)", async () => {
  await using world = await openWorld();
  const first = await signUp(world);
  const second = await refresh(world, first.refreshToken);
  const third = await refresh(world, second.body.refreshToken);

  const replayed = await refresh(world, first.refreshToken);
  expect(replayed).toMatchObject({ status: 401, body: { code: "token_reused" } });
  expect(replayed.headers["www-authenticate"]).toContain("Bearer");
  expect(await refresh(world, third.body.refreshToken)).toMatchObject({
    status: 401,
    body: { code: "session_ended" },
  });
  expect((await call(world, "GET /me", { token: third.body.accessToken })).status).toBe(401);
  expect(await criticalEvents(world)).toMatchObject([{ eventType: "token_reuse_detected" }]);
});

test("the parent after the grace window ends the family (R-35)", async () => {
  await using world = await openWorld();
  const first = await signUp(world);
  const second = await refresh(world, first.refreshToken);
  await passSeconds(world, 11);
  expect(await refresh(world, first.refreshToken)).toMatchObject({
    body: { code: "token_reused" },
  });
  expect(await refresh(world, second.body.refreshToken)).toMatchObject({
    body: { code: "session_ended" },
  });
  const [user] = await world.db.select().from(world.tables.users);
  expect(user?.sessionCount).toBe(0);
});

test("a wrong session count does not keep a stolen token's family alive", async () => {
  await using world = await openWorld();
  const first = await signUp(world);
  const second = await refresh(world, first.refreshToken);
  await refresh(world, second.body.refreshToken);
  await world.db.update(world.tables.users).set({ sessionCount: 0 });
  expect(await refresh(world, first.refreshToken)).toMatchObject({
    body: { code: "token_reused" },
  });
});

test("without a signing key nothing is written and the answer is 503", async () => {
  await using world = await openWorld();
  const { refreshToken } = await signUp(world);
  const { refreshSession } = await import("./refresh-session.ts");
  const current = () => {
    throw new Problem("service_unavailable", { retryAfterSeconds: 1 });
  };
  const keyless = { ...world, signingKeys: { ...world.signingKeys, current } };
  const origin = {
    ipAddress: "192.0.2.7",
    network: "192.0.2.7",
    userAgent: null,
    acceptLanguage: null,
  };
  await expect(refreshSession(keyless, { refreshToken, origin })).rejects.toMatchObject({
    status: 503,
  });
  expect(await world.db.select().from(world.tables.refreshTokens)).toHaveLength(1);
});

test("the idle end slides, the absolute end never moves (R-33)", async () => {
  await using world = await openWorld({
    environment: { REFRESH_IDLE_SECONDS: "600", REFRESH_ABSOLUTE_SECONDS: "900" },
  });
  const { refreshToken } = await signUp(world);
  const { refreshTokens } = world.tables;
  const [head] = await world.db.select().from(refreshTokens);
  await passSeconds(world, 500);
  const answer = await refresh(world, refreshToken);
  const [next] = await world.db.select().from(refreshTokens).where(eq(refreshTokens.generation, 1));
  const absolute = head?.absoluteExpiresAt.getTime() ?? 0;
  expect(next?.absoluteExpiresAt.getTime()).toBe(absolute - 500_000);
  expect(next?.expiresAt).toEqual(next?.absoluteExpiresAt);
  await passSeconds(world, 500);
  expect(await refresh(world, answer.body.refreshToken)).toMatchObject({
    body: { code: "session_ended" },
  });
});

test("a session that nobody used for the idle time is over, and no longer listed (R-33)", async () => {
  await using world = await openWorld();
  const { refreshToken, accessToken } = await signUp(world);
  await passSeconds(world, 7 * 86_400 - 60);
  const { body } = await refresh(world, refreshToken);
  expect(body.refreshToken).toMatch(/^prt_/);
  await passSeconds(world, 7 * 86_400 + 1);
  expect(await refresh(world, body.refreshToken)).toMatchObject({
    status: 401,
    body: { code: "session_ended" },
  });
  expect((await call(world, "GET /sessions", { token: accessToken })).body.sessions).toEqual([]);
});

test("no token is in the database in clear, and the successor opens with the old token alone", async () => {
  await using world = await openWorld();
  const { refreshToken } = await signUp(world);
  const { body } = await refresh(world, refreshToken);
  const rows = JSON.stringify(await world.db.select().from(world.tables.refreshTokens));
  for (const token of [refreshToken, body.refreshToken]) {
    expect(rows).not.toContain(token.slice(4));
  }
});

test("unknown, malformed and access tokens refresh nothing", async () => {
  await using world = await openWorld();
  const { accessToken } = await signUp(world);
  for (const token of [accessToken.slice(0, 500), "prt_nothing", "x"]) {
    expect(await refresh(world, token)).toMatchObject({
      status: 401,
      body: { code: "session_ended" },
    });
  }
});

test("sessions ended while they are being refreshed stay ended: none of 30 is left alive (R-38)", async () => {
  await using world = await openWorld();
  for (let round = 0; round < 30; round += 1) {
    const { refreshToken, accessToken } = await signUp(world, `ada${round}@example.com`);
    const calls = [
      refresh(world, refreshToken),
      refresh(world, refreshToken),
      call(world, "POST /logout-all", { token: accessToken }),
      refresh(world, refreshToken),
    ];
    const answers = await Promise.all(calls);
    expect(answers.filter(({ status }) => status >= 500)).toEqual([]);
    const tokens = answers.flatMap(({ body }) => (body?.refreshToken ? [body.refreshToken] : []));
    for (const token of [refreshToken, ...tokens]) {
      expect((await refresh(world, token)).status).toBe(401);
    }
  }
});
