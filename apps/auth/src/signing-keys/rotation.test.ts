import { setTimeout as sleep } from "node:timers/promises";
import { desc, eq, sql } from "drizzle-orm";
import { createLocalJWKSet, jwtVerify } from "jose";
import { expect, test } from "vitest";
import { signAccessToken, verifyAccessToken } from "../sessions/access-token.ts";
import { createVerifiedTokens } from "../sessions/verified-tokens.ts";
import { openWorld, type World } from "../testing/world.ts";
import { watchSigningKeys } from "./watch-signing-keys.ts";

const rotation = { days: 30, accessTokenSeconds: 900 };

/** Ages every key: the current one has signed for so many days, the next been served as long. */
const age = ({ db, tables }: World, days: number) =>
  db.execute(sql`update ${tables.signingKeys}
    set created_at = created_at - make_interval(days => ${days}),
      activated_at = activated_at - make_interval(days => ${days})`);

const stateOf = async ({ db, tables: { signingKeys } }: World, kid: string) =>
  (await db.select().from(signingKeys).where(eq(signingKeys.kid, kid)))[0]?.state;

test("an old key is turned by itself: next signs, the old one still verifies, then is retired (R-43)", async () => {
  await using world = await openWorld();
  const before = world.signingKeys.current().kid;
  await age(world, 31);
  const [keys] = [await watchSigningKeys({ ...world, rotation })];
  expect(keys.current().kid).not.toBe(before);
  expect(await stateOf(world, before)).toBe("previous");
  expect(keys.jwks().keys).toHaveLength(3);
  expect(keys.jwks().keys.every((jwk) => !("d" in jwk))).toBe(true);
  keys.stop();

  await age(world, 31);
  const later = await watchSigningKeys({ ...world, rotation });
  expect(await stateOf(world, before)).toBe("retired");
  expect(later.verifying(before)).toBeUndefined();
  later.stop();
  const { securityEvents } = world.tables;
  const events = await world.db
    .select()
    .from(securityEvents)
    .where(eq(securityEvents.eventType, "signing_key_rotated"))
    .orderBy(desc(securityEvents.id));
  expect(events).toHaveLength(2);
});

test("a key that verifiers may not know yet does not sign, and none goes while its tokens live", async () => {
  await using world = await openWorld();
  const { db, tables } = world;
  const turn = async () => {
    const [row] = await db.execute<{ outcome: string }>(
      sql`select postern.turn_signing_keys('0', '20 minutes', '17 minutes') as outcome`,
    );
    return row?.outcome;
  };
  expect(await turn()).toBe("next is too young");
  await age(world, 1);
  const outcomes = await Promise.all(Array.from({ length: 10 }, turn));
  expect(outcomes.filter((outcome) => outcome === "turned")).toHaveLength(1);
  (await watchSigningKeys({ ...world, rotation })).stop();
  await db
    .update(tables.signingKeys)
    .set({ createdAt: sql`now() - interval '1 hour'` })
    .where(eq(tables.signingKeys.state, "next"));
  expect(await turn()).toBe("tokens of the previous live");
});

test("tokens of two processes verify on each other and by JWKS while the keys turn, all of them (D10)", async () => {
  await using one = await openWorld();
  await using two = await openWorld({ databaseUrl: one.databaseUrl });
  const watch = (world: World) => watchSigningKeys({ ...world, rotation, reloadMilliseconds: 50 });
  const [keysOfOne, keysOfTwo] = [await watch(one), await watch(two)];
  const [a, b] = [
    { ...one, signingKeys: keysOfOne },
    { ...two, signingKeys: keysOfTwo },
  ];
  const input = { userId: "u", sessionId: "s", authTime: 1, amr: "pwd" };
  const seen = new Set<string>();
  let isTurning = true;
  let verified = 0;
  const stream = async (signer: typeof a, verifier: typeof a) => {
    while (isTurning) {
      const { accessToken } = await signAccessToken(signer, input);
      const claims = await verifyAccessToken(verifier, createVerifiedTokens(), accessToken);
      await jwtVerify(accessToken, createLocalJWKSet(verifier.signingKeys.jwks()));
      seen.add(claims.kid);
      verified += 1;
      await sleep(1);
    }
  };
  const streams = [stream(a, b), stream(b, a)];
  for (let turns = 0; turns < 5; turns += 1) {
    await age(one, 31);
    await sleep(200);
  }
  isTurning = false;
  await Promise.all(streams);
  keysOfOne.stop();
  keysOfTwo.stop();
  expect(seen.size).toBeGreaterThanOrEqual(5);
  expect(verified).toBeGreaterThan(100);
});
