import { expect, test } from "vitest";
import { call, signUp } from "../testing/client.ts";
import { expireToken, forgeToken } from "../testing/forge-token.ts";
import { inFlight } from "../testing/in-flight.ts";
import { openWorld } from "../testing/world.ts";

test("forged access tokens leave a row that counts them; expired ones and none leave nothing (A-19, R-74)", async () => {
  await using world = await openWorld();
  const { accessToken } = await signUp(world);
  const [header = "", payload = ""] = accessToken.split(".");
  const forgeries = [
    `${header}.${payload}.${"A".repeat(86)}`,
    `${Buffer.from('{"alg":"none"}').toString("base64url")}.${payload}.x`,
    `${Buffer.from('{"alg":"HS256","kid":"../../x"}').toString("base64url")}.${payload}.x`,
  ];
  for (const token of [...forgeries, ...forgeries]) {
    expect((await call(world, "GET /me", { token, from: "203.0.113.9" })).status).toBe(401);
  }
  const expired = await expireToken(world, accessToken);
  for (const options of [{}, { token: expired }]) {
    expect((await call(world, "GET /me", options)).status).toBe(401);
  }
  await world.refusals.stop();
  const rows = await world.db.select().from(world.tables.securityEvents);
  const forged = rows.filter(({ eventType }) => eventType === "token_verification_failed");
  expect(forged.every(({ ipAddress }) => ipAddress === "203.0.113.9")).toBe(true);
  const counts = forged.map(({ metadata }) => Number(metadata.count));
  expect(counts.reduce((sum, count) => sum + count, 0)).toBe(6);
  expect(JSON.stringify(forged)).not.toContain(payload);
});

test("1,500 forged tokens from 1,500 addresses are at most 61 rows, which count every one (R-75)", async () => {
  await using world = await openWorld();
  const token = await forgeToken(world, { header: { kid: "none-of-ours" } });
  const addressOf = (at: number) => `198.51.${Math.floor(at / 250)}.${at % 250}`;
  const statuses = await inFlight(1_500, 50, async (at) => {
    const route = at % 2 === 0 ? "GET /me" : "GET /sessions";
    return (await call(world, route, { token, from: addressOf(at) })).status;
  });
  expect(new Set(statuses)).toEqual(new Set([401]));
  await world.refusals.stop();
  const rows = await world.db.select().from(world.tables.securityEvents);
  expect(rows.length).toBeLessThanOrEqual(61);
  expect(new Set(rows.map(({ eventType }) => eventType))).toEqual(
    new Set(["token_verification_failed"]),
  );
  const counts = rows.map(({ metadata }) => Number(metadata.count));
  expect(counts.reduce((sum, count) => sum + count, 0)).toBe(1_500);
  const [rest] = rows.filter(({ ipAddress }) => ipAddress === null);
  expect(rest?.metadata).toEqual({ reason: expect.any(String), count: 1_470, addresses: 1_470 });
});
