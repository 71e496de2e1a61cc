import { expect, test } from "vitest";
import { call, signUp } from "../testing/client.ts";
import { expireToken } from "../testing/forge-token.ts";
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
