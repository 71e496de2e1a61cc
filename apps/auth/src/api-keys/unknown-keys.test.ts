import { randomBytes } from "node:crypto";
import { expect, test } from "vitest";
import { call, signUp } from "../testing/client.ts";
import { inFlight } from "../testing/in-flight.ts";
import { openWorld } from "../testing/world.ts";

const unknownKey = () => `pak_${randomBytes(32).toString("base64url")}`;

test("200 keys that do not exist: 60 answers, then 429; a key that exists goes on from that address, and all are counted", async () => {
  await using world = await openWorld();
  const { accessToken: token } = await signUp(world);
  const made = await call(world, "POST /api-keys", {
    token,
    body: { name: "job", scopes: ["read"] },
  });
  const from = "198.51.100.9";
  const verify = (key: string, address = from) =>
    call(world, "POST /api-keys/verify", { body: { key }, from: address });
  const keys = Array.from({ length: 200 }, (_, at) => (at % 3 === 0 ? "nonsense" : unknownKey()));
  const answers = await inFlight(200, 20, (at) => verify(keys[at]!));
  const refused = answers.filter(({ status }) => status === 429);
  expect(answers.filter(({ status }) => status === 200)).toHaveLength(60);
  expect(refused).toHaveLength(140);
  expect(Number(refused[0]?.headers["retry-after"])).toBeGreaterThan(0);
  expect((await verify(made.body.key)).body).toMatchObject({ valid: true });
  expect((await verify(unknownKey(), "198.51.100.10")).body).toEqual({
    valid: false,
    reason: "unknown",
  });
  await world.refusals.stop();
  const rows = (await world.db.select().from(world.tables.securityEvents)).filter(
    ({ eventType }) => eventType === "token_verification_failed",
  );
  expect(rows.length).toBeLessThanOrEqual(4);
  expect(rows.every(({ metadata }) => metadata.reason === "unknown_api_key")).toBe(true);
  expect(rows.reduce((sum, { metadata }) => sum + Number(metadata.count), 0)).toBe(201);
});
