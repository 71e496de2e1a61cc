import { randomBytes, randomUUID } from "node:crypto";
import { expect, test } from "vitest";
import { findChallenge } from "./find-challenge.ts";
import { type Challenge, openChallenge } from "./open-challenge.ts";
import { readChallenge } from "./read-challenge.ts";
import { resendCode } from "./resend-code.ts";
import { restoreCode } from "./restore-code.ts";
import { spendCode } from "./spend-code.ts";
import { digestOf, openWorld, type World } from "./testing/open-world.ts";

const right = digestOf("right");
const wrong = digestOf("wrong");

async function open({ counters }: World, changes: Partial<Challenge> = {}): Promise<string> {
  const challengeId = `17.${randomBytes(16).toString("base64url")}`;
  const opened = await openChallenge(counters, {
    challengeId,
    recipientDigest: digestOf("ada@example.com"),
    addressDigest: digestOf(randomUUID()),
    lane: "stranger",
    purpose: "sign_in",
    verifier: right,
    payload: "pe1.sealed",
    lifeSeconds: 300,
    attemptsMax: 5,
    ...changes,
  });
  expect(opened).toMatchObject({ opened: true });
  return challengeId;
}

const present = ({ counters }: World, challengeId: string, verifier: string) =>
  spendCode(counters, { challengeId, verifier, purposes: ["sign_in"] });

async function guess(world: World, challengeId: string, times: number): Promise<void> {
  for (let time = 0; time < times; time += 1) {
    expect(await present(world, challengeId, wrong)).toMatchObject({ result: "wrong" });
  }
}

test("a right code between wrong ones does not make room for more of them (R-22)", async () => {
  await using world = await openWorld();
  await guess(world, await open(world), 5);
  const second = await open(world);
  await guess(world, second, 4);
  expect(await present(world, second, right)).toMatchObject({ result: "right" });
  const third = await open(world);
  await guess(world, third, 1);
  expect(await present(world, third, wrong)).toMatchObject({ result: "limit" });
});

test("a code that was used is not sent again (R-24)", async () => {
  await using world = await openWorld();
  const challengeId = await open(world);
  expect(await present(world, challengeId, right)).toMatchObject({ result: "right" });
  await world.passTime(60);
  const gone = { resent: false, reason: "gone", retryAfterSeconds: 0 };
  expect(await resendCode(world.counters, challengeId)).toEqual(gone);
});

test("a code that is given back has the attempts and the end that it had, and is right once more", async () => {
  await using world = await openWorld();
  const challengeId = await open(world);
  const end = (await readChallenge(world.counters, challengeId))!.expiresAtMs;
  await guess(world, challengeId, 2);
  expect(await present(world, challengeId, right)).toMatchObject({ result: "right" });
  expect(await present(world, challengeId, right)).toEqual({ result: "gone" });
  await restoreCode(world.counters, challengeId);
  expect((await readChallenge(world.counters, challengeId))!.expiresAtMs).toBe(end);
  expect(await present(world, challengeId, wrong)).toMatchObject({ attemptsLeft: 2 });
  expect(await present(world, challengeId, right)).toMatchObject({ result: "right" });
});

test("a challenge is found by the binding that it was opened with, and by no other", async () => {
  await using world = await openWorld();
  const [mine, theirs] = [digestOf("pending token A"), digestOf("pending token B")];
  const lane = "pending" as const;
  const id = await open(world, { lane, bindingDigest: mine });
  const newer = await open(world, { lane, bindingDigest: theirs });
  const find = (bindingDigest: string, changes: object = {}) =>
    findChallenge(world.counters, {
      slotOf: id,
      recipientDigest: digestOf("ada@example.com"),
      lane,
      purpose: "sign_in",
      bindingDigest,
      ...changes,
    });
  expect(await find(mine)).toBe(id);
  expect(await find(theirs)).toBe(newer);
  expect(await find(digestOf("pending token C"))).toBeNull();
  expect(await find(mine, { purpose: "reset_password" })).toBeNull();
  expect(await find(mine, { lane: "own" })).toBeNull();
});
