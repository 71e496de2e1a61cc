import { expect, test } from "vitest";
import {
  givePhone,
  phone,
  sendFor,
  signUpVerified,
  verify,
} from "../one-time-codes/testing/accounts.ts";
import { call, password, readCode, signUp } from "../testing/client.ts";
import { readLink } from "../testing/read-link.ts";
import { openWorld, type World } from "../testing/world.ts";

const email = "ada@example.com";
const fresh = "a different horse entirely";
const otherPhone = "+254798765432";

type Kept = { challengeId: string; code: string };

/** Asks for both codes that open an account, and keeps them. */
async function keepCodes(world: World, to: object): Promise<{ signIn: Kept; reset: Kept }> {
  // Each from an address of its own: two codes from one address have to wait for each other.
  const keep = async (purpose: string, from: string) => {
    const challengeId = await sendFor(world, { body: { purpose, ...to }, from });
    return { challengeId, code: await readCode(world, challengeId) };
  };
  return {
    signIn: await keep("sign_in", "198.51.100.1"),
    reset: await keep("reset_password", "198.51.100.2"),
  };
}

/** What the kept codes open. */
async function present(world: World, { signIn, reset }: { signIn: Kept; reset: Kept }) {
  const resetting = { ...reset, newPassword: "the attacker's own new horse" };
  return {
    signIn: (await call(world, "POST /otp/verify", { body: signIn })).body?.code,
    reset: (await call(world, "POST /otp/verify", { body: resetting })).body?.code,
  };
}

const refused = { signIn: "invalid_code", reset: "invalid_code" };
const bySms = { channel: "sms", phone };
const byEmail = { channel: "email", email };

const claims: { name: string; claim: (world: World) => Promise<{ status: number }> }[] = [
  {
    name: "an emailed code",
    claim: async (world) => {
      return verify(world, await sendFor(world, { body: { purpose: "sign_in", ...byEmail } }));
    },
  },
  {
    name: "a code that resets",
    claim: async (world) => {
      const challengeId = await sendFor(world, { body: { purpose: "reset_password", ...byEmail } });
      return verify(world, challengeId, { newPassword: fresh });
    },
  },
  {
    name: "a reset link",
    claim: async (world) => {
      await call(world, "POST /password/forgot", { body: { email } });
      const body = { token: await readLink(world), newPassword: fresh };
      return call(world, "POST /password/reset", { body });
    },
  },
];

test.for(claims)(
  "codes to a pre-hijacker's own number open nothing once the owner claims the account by $name (A-39)",
  async ({ claim }) => {
    await using world = await openWorld();
    const { user } = await signUp(world);
    await givePhone(world, user.id);
    const kept = await keepCodes(world, bySms);
    expect((await claim(world)).status).toBeLessThan(300);
    expect(await present(world, kept)).toEqual(refused);
    // Nor once the owner has a number of her own.
    await givePhone(world, user.id, otherPhone);
    expect(await present(world, kept)).toEqual(refused);
  },
);

/** Changes that the owner makes, with the token of a session. */
const changes: {
  name: string;
  to: object;
  change: (world: World, token: string) => Promise<number>;
}[] = [
  {
    name: "the number is another",
    to: bySms,
    change: async (world, token) => {
      const asked = await call(world, "POST /phone/change", { token, body: { phone: otherPhone } });
      return (await verify(world, asked.body.challengeId, { token })).status;
    },
  },
  {
    name: "the address is another",
    to: byEmail,
    change: async (world, token) => {
      const body = { email: "ada@example.org" };
      const asked = await call(world, "POST /email/change", { token, body });
      return (await verify(world, asked.body.challengeId, { token })).status;
    },
  },
  {
    name: "the password is another",
    to: bySms,
    change: async (world, token) => {
      const body = { currentPassword: password, newPassword: fresh };
      return (await call(world, "POST /password/change", { token, body })).status;
    },
  },
  {
    name: "the owner signs out everywhere",
    to: bySms,
    change: async (world, token) => (await call(world, "POST /logout-all", { token })).status,
  },
];

test.for(changes)("kept codes open nothing once $name (R-77, A-39)", async ({ to, change }) => {
  await using world = await openWorld();
  const { user, accessToken } = await signUpVerified(world);
  await givePhone(world, user.id);
  const kept = await keepCodes(world, to);
  expect(await change(world, accessToken)).toBeLessThan(300);
  expect(await present(world, kept)).toEqual(refused);
});

test("a number that was replaced without our knowing opens nothing: the code is compared with it (R-77)", async () => {
  await using world = await openWorld();
  const { user } = await signUpVerified(world);
  await givePhone(world, user.id);
  const kept = await keepCodes(world, bySms);
  await givePhone(world, user.id, otherPhone);
  expect(await present(world, kept)).toEqual(refused);
});
