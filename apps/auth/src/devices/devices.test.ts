import { randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { totpCode } from "@postern/devkit";
import { eq, sql } from "drizzle-orm";
import { afterEach, expect, test, vi } from "vitest";
import { endWithCause } from "../endings/end-with-cause.ts";
import { ageSession } from "../testing/age-session.ts";
import { call, password, signUp } from "../testing/client.ts";
import { openWorld, type World } from "../testing/world.ts";
import { stopClock, verify, withTotp } from "../two-factor/testing/factors.ts";

const FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0";
const email = "ada@example.com";
const nobody = { ipAddress: null, userAgent: null };

afterEach(() => {
  vi.useRealTimers();
});

const login = (world: World, deviceToken?: string, headers: Record<string, string> = {}) =>
  call(world, "POST /login", {
    body: { email, password, ...(deviceToken && { deviceToken }) },
    headers,
  });

const devicesOf = async (world: World, token: string) =>
  (await call(world, "GET /devices", { token })).body.devices;

const eventsOf = ({ db, tables: { securityEvents } }: World, type: string) =>
  db.select().from(securityEvents).where(eq(securityEvents.eventType, type));

test("devices and sessions are named by what they are, and the caller's own is marked", async () => {
  await using world = await openWorld();
  await signUp(world);
  const { accessToken: token } = (await login(world, undefined, { "user-agent": FIREFOX })).body;
  expect(await devicesOf(world, token)).toMatchObject([
    {
      name: "Firefox on Linux",
      browser: "Firefox",
      os: "Linux",
      deviceType: "desktop",
      isCurrent: true,
      trustedUntil: null,
      ipAddress: "192.0.2.7",
    },
    { isCurrent: false },
  ]);
  const { body } = await call(world, "GET /sessions", { token });
  expect(body.sessions[0]).toMatchObject({ deviceName: "Firefox on Linux", isCurrent: true });
  expect(JSON.stringify(await devicesOf(world, token))).not.toMatch(/pdv_|hash|fingerprint/i);
});

test("the owner's own name for a device stays with it", async () => {
  await using world = await openWorld();
  const { accessToken: token, deviceToken } = await signUp(world);
  const [{ id }] = await devicesOf(world, token);
  expect(
    (await call(world, `PATCH /devices/${id}`, { token, body: { name: "Ada's laptop" } })).status,
  ).toBe(204);
  const { accessToken } = (await login(world, deviceToken, { "user-agent": FIREFOX })).body;
  expect(await devicesOf(world, accessToken)).toMatchObject([
    { name: "Ada's laptop", browser: "Firefox" },
  ]);
});

test("another's device can be neither named, trusted nor revoked", async () => {
  await using world = await openWorld();
  const { accessToken: own } = await signUp(world);
  const { accessToken: token } = await signUp(world, "eve@example.com");
  const [{ id }] = await devicesOf(world, own);
  for (const unknown of [id, randomUUID()]) {
    const calls = [
      call(world, `PATCH /devices/${unknown}`, { token, body: { name: "mine" } }),
      call(world, `PATCH /devices/${unknown}`, { token, body: { trusted: true } }),
      call(world, `DELETE /devices/${unknown}`, { token }),
    ];
    expect((await Promise.all(calls)).map(({ status }) => status)).toEqual([404, 404, 404]);
  }
  const [{ name, trustedUntil }] = await devicesOf(world, own);
  expect({ name, trustedUntil }).toEqual({ name: "Unknown device", trustedUntil: null });
  for (const body of [{}, { name: "" }, { trusted: 1 }, { revoked: true }]) {
    expect((await call(world, `PATCH /devices/${id}`, { token: own, body })).status).toBe(400);
  }
});

test("revoking a device ends its sessions alone, and its token knows nobody any more (R-13, R-40)", async () => {
  await using world = await openWorld();
  const lost = await signUp(world);
  const [{ id }] = await devicesOf(world, lost.accessToken);
  const kept = (await login(world)).body;
  const also = (await login(world, lost.deviceToken)).body;
  const { accessToken: old, refreshToken } = await ageSession(world, kept.refreshToken, 901);
  const refused = await call(world, `DELETE /devices/${id}`, { token: old });
  expect(refused).toMatchObject({ status: 403, body: { code: "step_up_required" } });
  expect((await call(world, "GET /me", { token: lost.accessToken })).status).toBe(200);

  const { accessToken: token } = (
    await call(world, "POST /step-up", { token: old, body: { password } })
  ).body;
  expect((await call(world, `DELETE /devices/${id}`, { token })).status).toBe(204);
  for (const session of [lost, also]) {
    expect((await call(world, "GET /me", { token: session.accessToken })).status).toBe(401);
    const body = { refreshToken: session.refreshToken };
    expect((await call(world, "POST /refresh", { body })).status).toBe(401);
  }
  expect((await call(world, "GET /me", { token })).status).toBe(200);
  expect((await call(world, "POST /refresh", { body: { refreshToken } })).status).toBe(401);
  expect(await devicesOf(world, token)).toHaveLength(1);
  expect(await eventsOf(world, "device_revoked")).toHaveLength(1);
  expect((await call(world, `DELETE /devices/${id}`, { token })).status).toBe(404);
  expect((await login(world, lost.deviceToken)).body.deviceToken).toMatch(/^pdv_/);
  const [user] = await world.db.select().from(world.tables.users);
  expect(user?.sessionCount).toBe(2);
});

test("a device token of somebody else is none: the client gets one of its own (A-18)", async () => {
  await using world = await openWorld();
  await signUp(world);
  const eve = await signUp(world, "eve@example.com");
  for (const token of [eve.deviceToken, "pdv_chosen-by-an-attacker", "x"]) {
    const { body } = await login(world, token);
    expect(body.deviceToken).toMatch(/^pdv_[\w-]{43}$/);
    expect(body.deviceToken).not.toBe(token);
  }
});

test("a trusted device leaves the second step out for 30 days, and only if it is trusted by both steps", async () => {
  stopClock();
  await using world = await openWorld();
  const { accessToken: first, secret, deviceToken } = await withTotp(world);
  const [{ id }] = await devicesOf(world, first);
  const trust = (token: string) =>
    call(world, `PATCH /devices/${id}`, { token, body: { trusted: true } });
  expect(await trust(first)).toMatchObject({ status: 403, body: { code: "step_up_required" } });

  const { pendingToken } = (await login(world, deviceToken)).body;
  const both = (
    await verify(world, { pendingToken, method: "totp", code: totpCode(secret), deviceToken })
  ).body;
  expect((await trust(both.accessToken)).status).toBe(204);
  const [{ trustedUntil }] = await devicesOf(world, both.accessToken);
  expect(Date.parse(trustedUntil) - Date.now()).toBeLessThanOrEqual(30 * 86_400_000 + 60_000);
  expect(await eventsOf(world, "device_trusted")).toHaveLength(1);

  const skipped = (await login(world, deviceToken)).body;
  expect(skipped.accessToken).toBeDefined();
  // It cannot renew its own trust, and nobody else's token has any.
  expect((await trust(skipped.accessToken)).status).toBe(403);
  expect((await login(world)).body.twoFactorRequired).toBe(true);

  const { userDevices } = world.tables;
  await world.db.update(userDevices).set({ trustedUntil: sql`now()` });
  expect((await login(world, deviceToken)).body.twoFactorRequired).toBe(true);
  await trust(both.accessToken);
  const [user] = await world.db.select().from(world.tables.users);
  const ending = { cause: "ended_by_admin", userId: user!.id, origin: nobody } as const;
  await endWithCause(world, world, ending);
  expect((await login(world, deviceToken)).body.twoFactorRequired).toBe(true);
});

test("a sign-in that waits while its trusted device is revoked must pass the second step (R-38)", async () => {
  stopClock();
  await using world = await openWorld();
  const { secret } = await withTotp(world);
  const { pendingToken } = (await login(world)).body;
  const code = totpCode(secret);
  const second = { pendingToken, method: "totp", code, trustDevice: true };
  const { deviceToken } = (await verify(world, second)).body;
  expect((await login(world, deviceToken)).body.accessToken).toBeDefined();

  const { userDevices, users } = world.tables;
  const waiting = await world.owner.transaction(async (owner) => {
    await owner.select().from(users).for("no key update");
    const promise = login(world, deviceToken);
    const waits = sql`select 1 from pg_stat_activity
      where wait_event_type = 'Lock' and datname = current_database()`;
    while ((await world.owner.execute(waits)).length === 0) {
      await sleep(5);
    }
    await owner.update(userDevices).set({ revokedAt: sql`now()` });
    return { promise };
  });
  const { body } = await waiting.promise;
  expect(body.twoFactorRequired).toBe(true);
});
