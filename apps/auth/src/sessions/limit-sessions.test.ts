import { eq, sql } from "drizzle-orm";
import { expect, test } from "vitest";
import { call, password, signUp } from "../testing/client.ts";
import { openWorld, type World } from "../testing/world.ts";

const email = "ada@example.com";

const signIn = (world: World, deviceToken?: string) =>
  call(world, "POST /login", { body: { email, password, ...(deviceToken && { deviceToken }) } });

const liveHeads = async ({ db, tables: { refreshTokens } }: World) =>
  (await db.select().from(refreshTokens).where(eq(refreshTokens.generation, 0))).filter(
    ({ revokedAt }) => revokedAt === null,
  );

test("the 21st session ends the one used longest ago, and says so", async () => {
  await using world = await openWorld();
  const first = await signUp(world);
  const second = (await signIn(world)).body;
  for (let count = 2; count < 20; count += 1) {
    expect((await signIn(world, first.deviceToken)).status).toBe(200);
  }
  expect(await liveHeads(world)).toHaveLength(20);
  // The oldest was used a moment ago, so the second is the one to go.
  const { body } = await call(world, "POST /refresh", {
    body: { refreshToken: first.refreshToken },
  });
  await signIn(world, first.deviceToken);
  expect(await liveHeads(world)).toHaveLength(20);
  expect((await call(world, "GET /me", { token: second.accessToken })).status).toBe(401);
  expect((await call(world, "GET /me", { token: body.accessToken })).status).toBe(200);
  const { refreshTokens, securityEvents, sessionAudits, users } = world.tables;
  const ended = await world.db
    .select()
    .from(refreshTokens)
    .where(eq(refreshTokens.revokedReason, "session_limit"));
  expect(ended).toHaveLength(1);
  const audits = await world.db
    .select()
    .from(sessionAudits)
    .where(eq(sessionAudits.action, "ended"));
  expect(audits).toMatchObject([{ metadata: { reason: "session_limit" } }]);
  const events = await world.db
    .select()
    .from(securityEvents)
    .where(eq(securityEvents.eventType, "token_revoked"));
  expect(events).toMatchObject([{ metadata: { reason: "session_limit" } }]);
  expect(await world.db.select().from(users)).toMatchObject([{ sessionCount: 20 }]);
});

test("of 40 sign-ins at once, 20 sessions live", async () => {
  await using world = await openWorld({
    environment: { LIMITS: "sign_ins_per_address_per_minute=1000" },
  });
  const { deviceToken } = await signUp(world);
  let right = 0;
  while (right < 40) {
    const answers = await Promise.all(Array.from({ length: 10 }, () => signIn(world, deviceToken)));
    right += answers.filter(({ status }) => status === 200).length;
    expect(answers.filter(({ status }) => status >= 500 && status !== 503)).toEqual([]);
  }
  expect(await liveHeads(world)).toHaveLength(20);
  expect(await world.db.select().from(world.tables.users)).toMatchObject([{ sessionCount: 20 }]);
});

test("sessions that ran out do not count, and the count is put right", async () => {
  await using world = await openWorld();
  const { deviceToken, accessToken } = await signUp(world);
  const { refreshTokens, users } = world.tables;
  for (let count = 1; count < 20; count += 1) {
    await signIn(world, deviceToken);
  }
  const past = sql`${refreshTokens.expiresAt} - interval '8 days'`;
  await world.db.update(refreshTokens).set({ expiresAt: past });
  await signIn(world, deviceToken);
  expect(await world.db.select().from(users)).toMatchObject([{ sessionCount: 1 }]);
  const { body } = await call(world, "GET /sessions", { token: accessToken });
  expect(body.sessions).toHaveLength(1);
});
