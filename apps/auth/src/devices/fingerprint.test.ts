import { eq } from "drizzle-orm";
import { expect, test } from "vitest";
import { call, password, signUp } from "../testing/client.ts";
import { openWorld, type World, type WorldOptions } from "../testing/world.ts";

const FIREFOX = {
  "user-agent": "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0",
};
const EDGE = {
  "user-agent":
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0.0.0 Safari/537.36 Edg/141.0.0.0",
};

const refresh = (world: World, refreshToken: string, headers: Record<string, string>) =>
  call(world, "POST /refresh", { body: { refreshToken }, headers });

const mismatches = ({ db, tables: { securityEvents } }: World) =>
  db
    .select()
    .from(securityEvents)
    .where(eq(securityEvents.eventType, "device_fingerprint_mismatch"));

const openWith = async (environment: WorldOptions["environment"] = {}) => {
  const world = await openWorld({ environment });
  const body = { email: "ada@example.com", password, name: "Ada" };
  const answer = await call(world, "POST /signup", { body, headers: FIREFOX });
  const { refreshToken, accessToken } = answer.body;
  return { world, refreshToken, accessToken };
};

test("a refresh by another browser is logged once, and the session goes on", async () => {
  const { world, refreshToken } = await openWith();
  await using _ = world;
  const moved = await refresh(world, refreshToken, EDGE);
  expect(moved.status).toBe(200);
  expect(await mismatches(world)).toMatchObject([
    {
      severity: "medium",
      sessionId: expect.any(String),
      deviceFingerprint: expect.stringMatching(/^[\w-]{43}$/),
    },
  ]);
  const { status } = await refresh(world, moved.body.refreshToken, EDGE);
  expect(status).toBe(200);
  expect(await mismatches(world)).toHaveLength(1);
  const tokens = await world.db.select().from(world.tables.refreshTokens);
  expect(tokens.map(({ deviceName }) => deviceName)).toEqual(
    expect.arrayContaining(["Firefox on Linux", "Microsoft Edge on Windows"]),
  );
});

test("with step_up the refresh waits for a proof: nothing rotates and the owner goes on", async () => {
  const { world, refreshToken } = await openWith({ FINGERPRINT_MISMATCH: "step_up" });
  await using _ = world;
  const answers = await Promise.all(
    Array.from({ length: 5 }, () => refresh(world, refreshToken, EDGE)),
  );
  for (const answer of answers) {
    expect(answer).toMatchObject({ status: 403, body: { code: "step_up_required" } });
  }
  expect(await mismatches(world)).toHaveLength(5);
  const own = await refresh(world, refreshToken, FIREFOX);
  expect(own.status).toBe(200);
  // Nor does the grace window give the successor to another browser.
  expect((await refresh(world, refreshToken, EDGE)).status).toBe(403);
  expect((await refresh(world, refreshToken, FIREFOX)).body.refreshToken).toBe(
    own.body.refreshToken,
  );
});

test("with revoke a refresh by another browser ends the session for both", async () => {
  const { world, refreshToken, accessToken } = await openWith({ FINGERPRINT_MISMATCH: "revoke" });
  await using _ = world;
  const moved = await refresh(world, refreshToken, EDGE);
  expect(moved).toMatchObject({ status: 401, body: { code: "session_ended" } });
  expect((await refresh(world, refreshToken, FIREFOX)).status).toBe(401);
  expect((await call(world, "GET /me", { token: accessToken })).status).toBe(401);
  expect(await mismatches(world)).toHaveLength(1);
  const { refreshTokens, sessionAudits, users } = world.tables;
  const heads = await world.db.select().from(refreshTokens).where(eq(refreshTokens.generation, 0));
  expect(heads).toMatchObject([{ revokedReason: "fingerprint_mismatch" }]);
  const audits = await world.db
    .select()
    .from(sessionAudits)
    .where(eq(sessionAudits.action, "ended"));
  expect(audits).toMatchObject([{ metadata: { reason: "fingerprint_mismatch" } }]);
  expect(await world.db.select().from(users)).toMatchObject([{ sessionCount: 0 }]);
});

test("an old token is reuse whatever the browser (R-35)", async () => {
  const { world, refreshToken } = await openWith({ FINGERPRINT_MISMATCH: "step_up" });
  await using _ = world;
  const second = (await refresh(world, refreshToken, FIREFOX)).body.refreshToken;
  await refresh(world, second, FIREFOX);
  expect(await refresh(world, refreshToken, EDGE)).toMatchObject({
    body: { code: "token_reused" },
  });
});

test("the rollout of tracking is sticky per account and turns no protection off", async () => {
  await using world = await openWorld({ environment: { FEATURE_SECURITY_TRACKING_PERCENT: "50" } });
  const { userDevices, refreshTokens, sessionAudits } = world.tables;
  const accounts = [];
  for (let count = 0; count < 24; count += 1) {
    accounts.push(await signUp(world, `ada${count}@example.com`));
  }
  for (const { refreshToken } of accounts) {
    expect((await refresh(world, refreshToken, FIREFOX)).status).toBe(200);
  }
  const devices = await world.db.select().from(userDevices);
  expect(devices).toHaveLength(24);
  const tracked = new Set(
    devices.filter((it) => it.fingerprint !== null).map(({ userId }) => userId),
  );
  expect(tracked.size).toBeGreaterThan(2);
  expect(tracked.size).toBeLessThan(22);
  const described = (await world.db.select().from(refreshTokens)).filter(
    (it) => it.deviceName !== null,
  );
  expect(new Set(described.map(({ userId }) => userId))).toEqual(tracked);
  const refreshed = await world.db
    .select()
    .from(sessionAudits)
    .where(eq(sessionAudits.action, "refreshed"));
  expect(new Set(refreshed.map(({ userId }) => userId))).toEqual(tracked);
  const events = await world.db
    .select()
    .from(world.tables.securityEvents)
    .where(eq(world.tables.securityEvents.eventType, "token_refreshed"));
  expect(events).toHaveLength(24);
});

test("where a mismatch does more than log, every account is tracked", async () => {
  const { world, refreshToken } = await openWith({
    FINGERPRINT_MISMATCH: "revoke",
    FEATURE_SECURITY_TRACKING_PERCENT: "0",
  });
  await using _ = world;
  expect((await refresh(world, refreshToken, EDGE)).status).toBe(401);
});
