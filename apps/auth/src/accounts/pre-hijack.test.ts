import { randomUUID } from "node:crypto";
import { digestToken, generateToken } from "@postern/crypto";
import { expect, test } from "vitest";
import { call, password, readCode, signUp } from "../testing/client.ts";
import { readLink } from "../testing/read-link.ts";
import { openWorld, type World } from "../testing/world.ts";

const email = "ada@example.com";
const fresh = "a different horse entirely";

/** All that an attacker can set up in an account whose email nobody has proved. */
async function prepare(world: World) {
  const { tables, db } = world;
  const body = { email, password, name: "Ada", phone: "+254712345678" };
  const attacker = (await call(world, "POST /signup", { body })).body;
  const userId = attacker.user.id;
  await db
    .insert(tables.twoFactorAuth)
    .values({ userId, method: "email", confirmedAt: new Date() } as never);
  await db.insert(tables.oauthConnections).values({
    userId,
    provider: "google",
    issuer: "https://accounts.google.com",
    providerAccountId: randomUUID(),
  } as never);
  await db.insert(tables.apiKeys).values({
    userId,
    name: "key",
    prefix: "pak_x",
    keyHash: digestToken(generateToken("pak")),
    scopes: ["read"],
    expiresAt: new Date(Date.now() + 86_400_000),
  } as never);
  return attacker;
}

async function readWhatIsLeft({ tables, db }: World) {
  const [user] = await db.select().from(tables.users);
  const keys = await db.select().from(tables.apiKeys);
  return {
    factors: (await db.select().from(tables.twoFactorAuth)).length,
    connections: (await db.select().from(tables.oauthConnections)).length,
    liveKeys: keys.filter(({ revokedAt }) => revokedAt === null).length,
    phone: user?.phoneNumberIndex,
    isVerified: user?.emailVerifiedAt !== null,
  };
}

const nothing = { factors: 0, connections: 0, liveKeys: 0, phone: null, isVerified: true };

const ways: { name: string; claim: (world: World) => Promise<number> }[] = [
  {
    name: "an emailed code to sign in",
    claim: async (world) => {
      const ask = { purpose: "sign_in", channel: "email", email };
      const { challengeId } = (await call(world, "POST /otp/send", { body: ask })).body;
      const body = { challengeId, code: await readCode(world, challengeId) };
      return (await call(world, "POST /otp/verify", { body })).status;
    },
  },
  {
    name: "a reset link",
    claim: async (world) => {
      await call(world, "POST /password/forgot", { body: { email } });
      const body = { token: await readLink(world), newPassword: fresh };
      return (await call(world, "POST /password/reset", { body })).status;
    },
  },
  {
    name: "an emailed code to reset",
    claim: async (world) => {
      const ask = { purpose: "reset_password", channel: "email", email };
      const { challengeId } = (await call(world, "POST /otp/send", { body: ask })).body;
      const body = { challengeId, code: await readCode(world, challengeId), newPassword: fresh };
      return (await call(world, "POST /otp/verify", { body })).status;
    },
  },
];

test.for(ways)(
  "who proves an unproven email by $name takes the account without what was prepared (A-01)",
  async ({ claim }) => {
    await using world = await openWorld();
    const attacker = await prepare(world);
    expect(await claim(world)).toBeLessThan(300);
    expect(await readWhatIsLeft(world)).toEqual(nothing);

    expect((await call(world, "GET /me", { token: attacker.accessToken })).status).toBe(401);
    const { refreshToken, deviceToken } = attacker;
    expect((await call(world, "POST /refresh", { body: { refreshToken } })).status).toBe(401);
    const body = { email, password, deviceToken };
    expect((await call(world, "POST /login", { body })).status).toBe(401);
  },
);

test("a proven email's factors, links and keys survive a reset (A-06)", async () => {
  await using world = await openWorld();
  await prepare(world);
  await world.db.update(world.tables.users).set({ emailVerifiedAt: new Date() });
  expect(await ways[1]?.claim(world)).toBe(204);
  const left = await readWhatIsLeft(world);
  expect(left).toMatchObject({ factors: 1, connections: 1, liveKeys: 1, isVerified: true });
});

test("a reset link that the attacker asked for before is no way back (A-01)", async () => {
  await using world = await openWorld();
  await signUp(world);
  await call(world, "POST /password/forgot", { body: { email } });
  const early = await readLink(world);
  await ways[0]?.claim(world);
  const body = { token: early, newPassword: fresh };
  expect((await call(world, "POST /password/reset", { body })).body.code).toBe("invalid_link");
});
