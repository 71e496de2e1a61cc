import { randomBytes, randomUUID } from "node:crypto";
import { expect, test } from "vitest";
import { type Challenge, openChallenge } from "./open-challenge.ts";
import { readChallenge } from "./read-challenge.ts";
import { spendCode } from "./spend-code.ts";
import { digestOf, openWorld, type World } from "./testing/open-world.ts";

const right = digestOf("right");
const wrong = digestOf("wrong");

const purposes = ["verify_email", "sign_in"];

const challenge = (changes: Partial<Challenge> = {}): Challenge => ({
  challengeId: `17.${randomBytes(16).toString("base64url")}`,
  recipientDigest: digestOf("ada@example.com"),
  addressDigest: digestOf("192.0.2.7"),
  lane: "stranger",
  purpose: "sign_in",
  verifier: right,
  payload: "pe1.sealed",
  lifeSeconds: 300,
  attemptsMax: 5,
  ...changes,
});

const elsewhere = () => ({ addressDigest: digestOf(randomUUID()) });

async function open({ counters }: World, changes: Partial<Challenge> = {}) {
  const made = challenge(changes);
  expect(await openChallenge(counters, made)).toEqual({ opened: true, resendAfterSeconds: 60 });
  return made.challengeId;
}

// So that the burst measures the decision and not a thousand transmissions of its text.
const learnScript = ({ counters }: World) =>
  spendCode(counters, { challengeId: challenge().challengeId, verifier: wrong, purposes });

const count = (results: { result: string }[]) =>
  Object.fromEntries(
    Object.entries(Object.groupBy(results, ({ result }) => result)).map(([result, all]) => [
      result,
      all?.length,
    ]),
  );

test("of 1,000 wrong guesses at once five are evaluated, then the challenge is gone", async () => {
  await using world = await openWorld();
  const challengeId = await open(world);
  await learnScript(world);
  const results = await Promise.all(
    Array.from({ length: 1000 }, () =>
      spendCode(world.counters, { challengeId, verifier: wrong, purposes }),
    ),
  );
  expect(count(results)).toEqual({ wrong: 5, gone: 995 });
  const left = results.flatMap((spent) => (spent.result === "wrong" ? [spent.attemptsLeft] : []));
  expect(left.toSorted()).toEqual([0, 1, 2, 3, 4]);
  const late = await spendCode(world.counters, { challengeId, verifier: right, purposes });
  expect(late).toEqual({ result: "gone" });
});

test("of 500 right codes at once exactly one is right", async () => {
  await using world = await openWorld();
  const challengeId = await open(world);
  const results = await Promise.all(
    Array.from({ length: 500 }, () =>
      spendCode(world.counters, { challengeId, verifier: right, purposes }),
    ),
  );
  expect(count(results)).toEqual({ right: 1, gone: 499 });
  expect(results.find(({ result }) => result === "right")).toMatchObject({ payload: "pe1.sealed" });
  expect(await readChallenge(world.counters, challengeId)).toBeNull();
});

test("a subject's failures are counted over all challenges: 10 in 15 minutes, 20 a day", async () => {
  await using world = await openWorld();
  const { counters } = world;
  const guess = async (times: number, changes: Partial<Challenge>) => {
    const challengeId = await open(world, changes);
    const results = [];
    for (let time = 0; time < times; time += 1) {
      results.push(await spendCode(counters, { challengeId, verifier: wrong, purposes }));
    }
    return results;
  };

  expect(count([...(await guess(5, elsewhere())), ...(await guess(5, elsewhere()))])).toEqual({
    wrong: 10,
  });
  const third = await open(world, elsewhere());
  const refusal = await spendCode(counters, { challengeId: third, verifier: right, purposes });
  expect(refusal).toEqual({ result: "limit", retryAfterSeconds: 900 });
  const owners = await open(world, { lane: "own" });
  expect(
    await spendCode(counters, { challengeId: owners, verifier: right, purposes }),
  ).toMatchObject({
    result: "right",
  });

  await world.passTime(3600);
  expect(count([...(await guess(5, elsewhere())), ...(await guess(5, elsewhere()))])).toEqual({
    wrong: 10,
  });
  await world.passTime(3600);
  const [last] = await guess(1, elsewhere());
  expect(last).toEqual({ result: "limit", retryAfterSeconds: 86_400 - 7200 });
});

test.for([
  { name: "for another purpose", presented: { purposes: ["reset_password", "sign"] } },
  { name: "beside another bearer", presented: { bindingDigest: digestOf("session Y") } },
  { name: "without the bearer", presented: { bindingDigest: "" } },
])("a right code $name is a wrong guess and is counted", async ({ presented }) => {
  await using world = await openWorld();
  const bindingDigest = digestOf("session X");
  const challengeId = await open(world, { bindingDigest });
  const fitting = { challengeId, verifier: right, purposes, bindingDigest };
  expect(await spendCode(world.counters, { ...fitting, ...presented })).toEqual({
    result: "wrong",
    attemptsLeft: 4,
    payload: "pe1.sealed",
    isGuessing: false,
  });
  expect(await spendCode(world.counters, fitting)).toMatchObject({ result: "right" });
});

test("the failure that reaches a bound says so, once in its window and lane (A-08)", async () => {
  await using world = await openWorld();
  const guess = async (lane: "stranger" | "own") => {
    const told: boolean[] = [];
    for (const challengeId of [
      await open(world, { lane, ...elsewhere() }),
      await open(world, { lane, ...elsewhere() }),
    ]) {
      for (let turn = 0; turn < 5; turn += 1) {
        const spent = await spendCode(world.counters, { challengeId, verifier: wrong, purposes });
        told.push(spent.result === "wrong" && spent.isGuessing);
      }
    }
    return told;
  };
  const atTheTenth = [...Array.from({ length: 9 }, () => false), true];
  expect(await guess("stranger")).toEqual(atTheTenth);
  expect(await guess("own")).toEqual(atTheTenth);
});

test("a code ends with its life, which is ten minutes at most", async () => {
  await using world = await openWorld();
  const challengeId = await open(world);
  await world.passTime(300);
  expect(await spendCode(world.counters, { challengeId, verifier: right, purposes })).toEqual({
    result: "gone",
  });
  const long = openChallenge(world.counters, challenge({ lifeSeconds: 601 }));
  await expect(long).rejects.toThrow(RangeError);
});

test("reading a challenge spends nothing", async () => {
  await using world = await openWorld();
  const challengeId = await open(world, { lane: "own" });
  for (let time = 0; time < 10; time += 1) {
    const read = await readChallenge(world.counters, challengeId);
    expect(read).toMatchObject({ payload: "pe1.sealed", purpose: "sign_in", lane: "own" });
    expect(read!.expiresAtMs - read!.createdAtMs).toBe(300_000);
  }
  expect(await spendCode(world.counters, { challengeId, verifier: right, purposes })).toMatchObject(
    {
      result: "right",
    },
  );
});

test.for(["", "17.short", "1024.AAAAAAAAAAAAAAAAAAAAAA", "x.AAAAAAAAAAAAAAAAAAAAAA", "17.a}b{c"])(
  "the id %o is gone like any unknown one",
  async (challengeId) => {
    await using world = await openWorld();
    expect(await spendCode(world.counters, { challengeId, verifier: right, purposes })).toEqual({
      result: "gone",
    });
    expect(await readChallenge(world.counters, challengeId)).toBeNull();
  },
);

test("whatever is stored has an end, shares the slot and holds digests only", async () => {
  await using world = await openWorld();
  const challengeId = await open(world);
  await spendCode(world.counters, { challengeId, verifier: wrong, purposes });
  const keys = await world.redis.keys(`${world.keyPrefix}*`);
  expect(keys).toHaveLength(5);
  for (const key of keys) {
    expect(key).toContain(":{17}:");
    expect(await world.redis.pttl(key)).toBeGreaterThan(0);
  }
  const clear = challenge({ recipientDigest: "ada@example.com" });
  await expect(openChallenge(world.counters, clear)).rejects.toThrow(TypeError);
  const clearCode = challenge({ verifier: "123456" });
  await expect(openChallenge(world.counters, clearCode)).rejects.toThrow(TypeError);
});
