import { expect, test } from "vitest";
import { forgetAttempts, settleAttempt, spendAttempt } from "./spend-attempt.ts";
import { digestOf, openWorld, type World } from "./testing/open-world.ts";

const lane = digestOf("ada, stranger");
const otherLane = digestOf("ada, known device");

async function fail({ counters }: World, times: number, of = lane) {
  for (let time = 0; time < times; time += 1) {
    expect(await spendAttempt(counters, of)).toEqual({ allowed: true });
    await settleAttempt(counters, of, "failed");
  }
}

test("of 200 attempts at once five may go ahead, and the rest lock nothing", async () => {
  await using world = await openWorld();
  const { counters } = world;
  const attempts = await Promise.all(
    Array.from({ length: 200 }, () => spendAttempt(counters, lane)),
  );
  expect(attempts.filter(({ allowed }) => allowed)).toHaveLength(5);
  const busy = { allowed: false, retryAfterSeconds: 1 };
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

test("five failures fill the lane until the oldest is 15 minutes old, and it locks nothing", async () => {
  await using world = await openWorld();
  await fail(world, 1);
  await world.passTime(600);
  await fail(world, 4);
  const full = { allowed: false, retryAfterSeconds: 300 };
  expect(await spendAttempt(world.counters, lane)).toEqual(full);
  await world.passTime(300);
  await fail(world, 1);
  expect(await spendAttempt(world.counters, lane)).toEqual({
    allowed: false,
    retryAfterSeconds: 600,
  });
});

test("a success forgets its own lane's failures and no other's", async () => {
  await using world = await openWorld();
  const { counters } = world;
  await fail(world, 4);
  await fail(world, 4, otherLane);
  await spendAttempt(counters, lane);
  await settleAttempt(counters, lane, "succeeded");
  await fail(world, 5);
  await fail(world, 1, otherLane);
  expect(await spendAttempt(counters, otherLane)).toMatchObject({ allowed: false });
});

test("an attempt that is released leaves the failures before it as they were", async () => {
  await using world = await openWorld();
  const { counters } = world;
  await fail(world, 4);
  await spendAttempt(counters, lane);
  await settleAttempt(counters, lane, "released");
  await fail(world, 1);
  expect(await spendAttempt(counters, lane)).toEqual({ allowed: false, retryAfterSeconds: 900 });
});

test("a crashed caller's attempt is given back after 10 seconds", async () => {
  await using world = await openWorld();
  const { counters } = world;
  for (let time = 0; time < 5; time += 1) await spendAttempt(counters, lane);
  await world.passTime(9);
  expect(await spendAttempt(counters, lane)).toMatchObject({ allowed: false });
  await world.passTime(1);
  expect(await spendAttempt(counters, lane)).toEqual({ allowed: true });
});

test("attempts that nobody settles lapse one by one, though others come without a pause (D9)", async () => {
  await using world = await openWorld();
  const { counters } = world;
  for (let time = 0; time < 4; time += 1) await spendAttempt(counters, lane);
  await world.passTime(6);
  expect(await spendAttempt(counters, lane)).toEqual({ allowed: true });
  expect(await spendAttempt(counters, lane)).toMatchObject({ allowed: false });
  await world.passTime(4);
  for (let time = 0; time < 4; time += 1) {
    expect(await spendAttempt(counters, lane)).toEqual({ allowed: true });
  }
  expect(await spendAttempt(counters, lane)).toMatchObject({ allowed: false });
});

test("a failure that is settled after its reservation lapsed still counts", async () => {
  await using world = await openWorld();
  const { counters } = world;
  for (let time = 0; time < 5; time += 1) await spendAttempt(counters, lane);
  await world.passTime(11);
  for (let time = 0; time < 5; time += 1) await settleAttempt(counters, lane, "failed");
  expect(await spendAttempt(counters, lane)).toEqual({ allowed: false, retryAfterSeconds: 900 });
});

test("forgetting a lane opens it", async () => {
  await using world = await openWorld();
  await fail(world, 5);
  await forgetAttempts(world.counters, lane);
  expect(await spendAttempt(world.counters, lane)).toEqual({ allowed: true });
});

test("an identifier in clear is refused, so it cannot become a key", async () => {
  await using world = await openWorld();
  for (const clear of ["ada@example.com", "+254712345678", "192.0.2.7", ""]) {
    await expect(spendAttempt(world.counters, clear)).rejects.toThrow(TypeError);
  }
});
