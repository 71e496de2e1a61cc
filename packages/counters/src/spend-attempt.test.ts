import { expect, test } from "vitest";
import { forgetAttempts, settleAttempt, spendAttempt } from "./spend-attempt.ts";
import { digestOf, openWorld, type World } from "./testing/open-world.ts";

const lane = digestOf("ada, stranger");
const otherLane = digestOf("ada, known device");

async function fail({ counters }: World, times: number) {
  const settled = [];
  for (let time = 0; time < times; time += 1) {
    expect(await spendAttempt(counters, lane)).toEqual({ allowed: true });
    settled.push(await settleAttempt(counters, lane, "failed"));
  }
  return settled;
}

test("of 200 attempts at once five may go ahead, and the rest lock nothing", async () => {
  await using world = await openWorld();
  const { counters } = world;
  const attempts = await Promise.all(
    Array.from({ length: 200 }, () => spendAttempt(counters, lane)),
  );
  expect(attempts.filter(({ allowed }) => allowed)).toHaveLength(5);
  const busy = { allowed: false, reason: "busy", retryAfterSeconds: 1 };
  expect(attempts.filter(({ allowed }) => !allowed)).toEqual(Array(195).fill(busy));

  await Promise.all(Array.from({ length: 5 }, () => settleAttempt(counters, lane, "released")));
  expect(await spendAttempt(counters, lane)).toEqual({ allowed: true });
});

test("guessing as fast as one can, five guesses are answered before the lock", async () => {
  await using world = await openWorld();
  const guess = async () => {
    const spent = await spendAttempt(world.counters, lane);
    if (spent.allowed) await settleAttempt(world.counters, lane, "failed");
    return spent.allowed;
  };
  let answered = 0;
  for (let wave = 0; wave < 20; wave += 1) {
    const wave = await Promise.all(Array.from({ length: 20 }, guess));
    answered += wave.filter(Boolean).length;
  }
  expect(answered).toBe(5);
});

test("the fifth failure locks for 15 minutes, and each lock doubles up to a day", async () => {
  await using world = await openWorld();
  const lengths = [];
  for (let lock = 0; lock < 9; lock += 1) {
    const settled = await fail(world, 5);
    expect(settled.map(({ locked }) => locked)).toEqual([false, false, false, false, true]);
    const length = settled.at(-1)!.lockedForSeconds;
    expect(await spendAttempt(world.counters, lane)).toEqual({
      allowed: false,
      reason: "locked",
      retryAfterSeconds: length,
    });
    lengths.push(length);
    await world.passTime(length);
  }
  expect(lengths).toEqual([900, 1800, 3600, 7200, 14_400, 28_800, 57_600, 86_400, 86_400]);
});

test("a lock is forgotten a day after its end", async () => {
  await using world = await openWorld();
  await fail(world, 5);
  await world.passTime(900 + 86_400);
  expect((await fail(world, 5)).at(-1)).toEqual({ locked: true, lockedForSeconds: 900 });
});

test("failures older than 15 minutes do not lock", async () => {
  await using world = await openWorld();
  await fail(world, 4);
  await world.passTime(600);
  expect((await fail(world, 1)).at(-1)).toMatchObject({ locked: true });
  await forgetAttempts(world.counters, lane);

  await fail(world, 4);
  await world.passTime(900);
  expect((await fail(world, 4)).at(-1)).toEqual({ locked: false, lockedForSeconds: 0 });
});

test("a success forgets its own lane's failures and no other's", async () => {
  await using world = await openWorld();
  const { counters } = world;
  await fail(world, 4);
  for (let time = 0; time < 4; time += 1) {
    await spendAttempt(counters, otherLane);
    await settleAttempt(counters, otherLane, "failed");
  }
  await spendAttempt(counters, lane);
  await settleAttempt(counters, lane, "succeeded");
  expect((await fail(world, 4)).at(-1)).toEqual({ locked: false, lockedForSeconds: 0 });

  await spendAttempt(counters, otherLane);
  expect(await settleAttempt(counters, otherLane, "failed")).toMatchObject({ locked: true });
});

test("a lane that is locked locks no other", async () => {
  await using world = await openWorld();
  await fail(world, 5);
  expect(await spendAttempt(world.counters, otherLane)).toEqual({ allowed: true });
});

test("a crashed caller's attempt is given back after 10 seconds", async () => {
  await using world = await openWorld();
  const { counters } = world;
  for (let time = 0; time < 5; time += 1) await spendAttempt(counters, lane);
  await world.passTime(9);
  expect(await spendAttempt(counters, lane)).toMatchObject({ reason: "busy" });
  await world.passTime(1);
  expect(await spendAttempt(counters, lane)).toEqual({ allowed: true });
});

test("a failure that is settled after its reservation lapsed still counts", async () => {
  await using world = await openWorld();
  const { counters } = world;
  for (let time = 0; time < 5; time += 1) await spendAttempt(counters, lane);
  await world.passTime(11);
  const settled = [];
  for (let time = 0; time < 5; time += 1) {
    settled.push(await settleAttempt(counters, lane, "failed"));
  }
  expect(settled.at(-1)).toEqual({ locked: true, lockedForSeconds: 900 });
  const straggler = await settleAttempt(counters, lane, "failed");
  expect(straggler.locked).toBe(false);
  expect(straggler.lockedForSeconds).toBeLessThanOrEqual(900);
});

test("forgetting a lane ends its lock", async () => {
  await using world = await openWorld();
  await fail(world, 5);
  await forgetAttempts(world.counters, lane);
  expect((await fail(world, 5)).at(-1)).toEqual({ locked: true, lockedForSeconds: 900 });
});

test("an identifier in clear is refused, so it cannot become a key", async () => {
  await using world = await openWorld();
  for (const clear of ["ada@example.com", "+254712345678", "192.0.2.7", ""]) {
    await expect(spendAttempt(world.counters, clear)).rejects.toThrow(TypeError);
  }
});
