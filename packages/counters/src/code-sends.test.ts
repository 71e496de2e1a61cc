import { randomBytes, randomUUID } from "node:crypto";
import { expect, test } from "vitest";
import { DEFAULT_CODE_LIMITS } from "./code-limits.ts";
import { type Challenge, openChallenge } from "./open-challenge.ts";
import { readChallenge } from "./read-challenge.ts";
import { resendCode } from "./resend-code.ts";
import { spendCode } from "./spend-code.ts";
import { digestOf, openWorld, type World } from "./testing/open-world.ts";
import { withdrawChallenge } from "./withdraw-challenge.ts";

const purposes = ["sign_in"];

const challenge = (changes: Partial<Challenge> = {}): Challenge => ({
  challengeId: `17.${randomBytes(16).toString("base64url")}`,
  recipientDigest: digestOf("ada@example.com"),
  addressDigest: digestOf("192.0.2.7"),
  lane: "stranger",
  purpose: "sign_in",
  verifier: digestOf("right"),
  payload: "pe1.sealed",
  lifeSeconds: 300,
  attemptsMax: 5,
  ...changes,
});

const open = ({ counters }: World, changes: Partial<Challenge> = {}) =>
  openChallenge(counters, challenge(changes));

const opened = { opened: true, resendAfterSeconds: 60 };

const elsewhere = () => ({ addressDigest: digestOf(randomUUID()) });

test("of 100 requests at once one opens a challenge, the rest wait a minute", async () => {
  await using world = await openWorld();
  const answers = await Promise.all(Array.from({ length: 100 }, () => open(world)));
  expect(answers.filter((answer) => answer.opened)).toEqual([opened]);
  expect(answers.at(-1)).toEqual({ opened: false, reason: "cooldown", retryAfterSeconds: 60 });
});

test("the cooldown is of recipient and address, and a success does not end it", async () => {
  await using world = await openWorld();
  const first = challenge();
  expect(await openChallenge(world.counters, first)).toEqual(opened);
  const spent = await spendCode(world.counters, { ...first, purposes });
  expect(spent).toMatchObject({ result: "right" });
  expect(await open(world)).toMatchObject({ reason: "cooldown" });
  expect(await open(world, elsewhere())).toEqual(opened);
  expect(await open(world, { recipientDigest: digestOf("bob@example.com") })).toEqual(opened);
  await world.passTime(60);
  expect(await open(world)).toEqual(opened);
});

test("three challenges may be open for a recipient, purpose and lane, and using one makes room", async () => {
  await using world = await openWorld();
  const first = challenge(elsewhere());
  expect(await openChallenge(world.counters, first)).toEqual(opened);
  expect(await open(world, elsewhere())).toEqual(opened);
  expect(await open(world, elsewhere())).toEqual(opened);
  const refusal = { opened: false, reason: "limit", retryAfterSeconds: 300 };
  expect(await open(world, elsewhere())).toEqual(refusal);
  expect(await open(world, { ...elsewhere(), purpose: "verify_email" })).toEqual(opened);
  expect(await open(world, { ...elsewhere(), lane: "own" })).toEqual(opened);
  // A stranger's requests have not touched the first one.
  expect(await spendCode(world.counters, { ...first, purposes })).toMatchObject({
    result: "right",
  });
  expect(await open(world, elsewhere())).toEqual(opened);
});

test("five sends an hour and ten a day, by recipient and lane; a refusal spends nothing", async () => {
  await using world = await openWorld();
  const send = async (times: number) => {
    for (let time = 0; time < times; time += 1) {
      expect(await open(world, elsewhere())).toEqual(opened);
      await world.passTime(301);
    }
  };
  await send(5);
  for (let time = 0; time < 20; time += 1) {
    expect(await open(world, elsewhere())).toEqual({
      opened: false,
      reason: "limit",
      retryAfterSeconds: 3600 - 5 * 301,
    });
  }
  expect(await open(world, { ...elsewhere(), lane: "own" })).toEqual(opened);
  await world.passTime(3600);
  await send(5);
  await world.passTime(3600);
  const refusal = await open(world, elsewhere());
  expect(refusal).toMatchObject({ opened: false, reason: "limit" });
  await world.passTime(86_400 - 7200 - 10 * 301);
  expect(await open(world, elsewhere())).toEqual(opened);
});

test("the same code can be sent again after 60 and then 120 seconds, with the same end", async () => {
  await using world = await openWorld();
  const { challengeId } = await openedIn(world);
  const end = (await readChallenge(world.counters, challengeId))!.expiresAtMs;
  expect(await resendCode(world.counters, challengeId)).toEqual({
    resent: false,
    reason: "cooldown",
    retryAfterSeconds: 60,
  });
  await world.passTime(60);
  const twice = await Promise.all(
    Array.from({ length: 20 }, () => resendCode(world.counters, challengeId)),
  );
  expect(twice.filter(({ resent }) => resent)).toEqual([
    {
      resent: true,
      payload: "pe1.sealed",
      resendAfterSeconds: 120,
      expiresInSeconds: 240,
      resendsLeft: 1,
    },
  ]);
  await world.passTime(119);
  expect(await resendCode(world.counters, challengeId)).toMatchObject({ retryAfterSeconds: 1 });
  await world.passTime(1);
  expect(await resendCode(world.counters, challengeId)).toMatchObject({
    resent: true,
    resendsLeft: 0,
    resendAfterSeconds: 120,
  });
  await world.passTime(60);
  expect(await resendCode(world.counters, challengeId)).toEqual({
    resent: false,
    reason: "limit",
    retryAfterSeconds: 60,
  });
  expect((await readChallenge(world.counters, challengeId))!.expiresAtMs).toBe(end - 240_000);
});

test("a resend counts among the recipient's sends and stops with them", async () => {
  await using world = await openWorld();
  const limits = { ...DEFAULT_CODE_LIMITS, sendsPerHour: 2 };
  const { challengeId } = await openedIn(world);
  await world.passTime(60);
  expect(await resendCode(world.counters, challengeId, { limits })).toMatchObject({ resent: true });
  await world.passTime(120);
  expect(await resendCode(world.counters, challengeId, { limits })).toMatchObject({
    reason: "limit",
    retryAfterSeconds: 3600 - 180,
  });
  expect(await open(world, { ...elsewhere(), limits })).toMatchObject({ reason: "limit" });
});

test("a resend needs the bearer that the challenge was made for, and a live challenge", async () => {
  await using world = await openWorld();
  const bindingDigest = digestOf("session X");
  const { challengeId } = await openedIn(world, { bindingDigest });
  await world.passTime(60);
  const gone = { resent: false, reason: "gone", retryAfterSeconds: 0 };
  expect(await resendCode(world.counters, challengeId)).toEqual(gone);
  expect(await resendCode(world.counters, challengeId, { bindingDigest })).toMatchObject({
    resent: true,
  });
  expect(await resendCode(world.counters, challenge().challengeId)).toEqual(gone);
  expect(await resendCode(world.counters, "nonsense")).toEqual(gone);
});

test("a challenge that is withdrawn opens nothing, was no send, and nobody waits for it", async () => {
  await using world = await openWorld();
  const limits = { ...DEFAULT_CODE_LIMITS, sendsPerHour: 1, liveChallengesMax: 1 };
  const first = challenge({ ...elsewhere(), limits });
  expect(await openChallenge(world.counters, first)).toEqual(opened);
  expect(await open(world, { ...elsewhere(), limits })).toMatchObject({ reason: "limit" });
  await withdrawChallenge(world.counters, first.challengeId);
  await withdrawChallenge(world.counters, first.challengeId);
  expect(await spendCode(world.counters, { ...first, purposes })).toEqual({ result: "gone" });
  expect(await open(world, { addressDigest: first.addressDigest, limits })).toEqual(opened);
});

test("an id used twice is a fault of the caller's, and resets nothing", async () => {
  await using world = await openWorld();
  const { challengeId } = await openedIn(world);
  await spendCode(world.counters, { challengeId, verifier: digestOf("wrong"), purposes });
  await expect(open(world, { ...elsewhere(), challengeId })).rejects.toThrow("used twice");
  const next = await spendCode(world.counters, {
    challengeId,
    verifier: digestOf("wrong"),
    purposes,
  });
  expect(next).toMatchObject({ result: "wrong", attemptsLeft: 3 });
});

async function openedIn(world: World, changes: Partial<Challenge> = {}) {
  const made = challenge(changes);
  expect(await openChallenge(world.counters, made)).toEqual(opened);
  return made;
}
