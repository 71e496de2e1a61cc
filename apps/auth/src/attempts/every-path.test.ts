import { eq } from "drizzle-orm";
import { expect, test } from "vitest";
import { givePhone, phone, sendFor, signUpVerified } from "../one-time-codes/testing/accounts.ts";
import { call, password, readCode } from "../testing/client.ts";
import { openWorld, type World } from "../testing/world.ts";
import { ageLanes } from "./testing/age-lanes.ts";

const email = "ada@example.com";

async function lock(world: World, identifier: object) {
  for (let guess = 0; guess < 5; guess += 1) {
    const body = { ...identifier, password: "wrong" };
    expect((await call(world, "POST /login", { body })).status).toBe(401);
  }
}

const present = async (world: World, challengeId: string, more: object = {}) => {
  const code = await readCode(world, challengeId);
  return call(world, "POST /otp/verify", { body: { challengeId, code, ...more } });
};

test.for([
  { channel: "email", identifier: { email } },
  { channel: "sms", identifier: { phone } },
])(
  "a locked account is locked for a right code by $channel too, which stays right until its end (R-15)",
  async ({ channel, identifier }) => {
    await using world = await openWorld();
    const { user, deviceToken } = await signUpVerified(world);
    await givePhone(world, user.id);
    const challengeId = await sendFor(world, {
      body: { purpose: "sign_in", channel, ...identifier },
    });
    await lock(world, identifier);

    const refused = await present(world, challengeId);
    expect(refused).toMatchObject({ status: 429, body: { code: "account_locked" } });
    expect(Number(refused.headers["retry-after"])).toBeGreaterThan(880);
    await world.refusals.stop();
    const { loginAttempts } = world.tables;
    const locked = eq(loginAttempts.attemptResult, "locked");
    expect(await world.db.select().from(loginAttempts).where(locked)).toHaveLength(1);

    // A device that is known to this very account has a lane of its own.
    expect((await present(world, challengeId, { deviceToken })).status).toBe(200);
    await ageLanes(world, 900);
    expect((await present(world, challengeId)).body.code).toBe("invalid_code");
  },
);

test("once the lock is over, the code that it refused signs in (R-15)", async () => {
  await using world = await openWorld();
  await signUpVerified(world);
  const challengeId = await sendFor(world, {
    body: { purpose: "sign_in", channel: "email", email },
  });
  await lock(world, { email });
  expect((await present(world, challengeId)).body.code).toBe("account_locked");
  await ageLanes(world, 901);
  expect((await present(world, challengeId)).status).toBe(200);
});

test("while the account is locked, a session of a device that is not known cannot step up (R-15)", async () => {
  await using world = await openWorld();
  const { accessToken, user } = await signUpVerified(world);
  await lock(world, { email });
  const stepUp = (token: string) => call(world, "POST /step-up", { body: { password }, token });
  const fresh = await stepUp(accessToken);
  expect(fresh.status).toBe(200);
  const { userDevices } = world.tables;
  await world.db
    .update(userDevices)
    .set({ revokedAt: new Date() })
    .where(eq(userDevices.userId, user.id));
  expect((await stepUp(fresh.body.accessToken)).body.code).toBe("account_locked");
});
