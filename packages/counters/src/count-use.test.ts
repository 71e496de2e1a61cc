import { expect, test } from "vitest";
import { countUse } from "./count-use.ts";
import { digestOf, openWorld, type World } from "./testing/open-world.ts";

const use = { name: "api-key", subject: digestOf("key"), windowSeconds: 60 };

async function useTimes({ counters }: World, times: number): Promise<number[]> {
  const uses = [];
  for (let time = 0; time < times; time += 1) uses.push((await countUse(counters, use)).uses);
  return uses;
}

const hashOf = async ({ redis, keyPrefix }: World) => {
  const [key, ...others] = await redis.keys(`${keyPrefix}*`);
  expect(others).toEqual([]);
  return String(key);
};

/** As if the windows that were counted had been so many windows ago. */
async function ageWindows(world: World, windows: number): Promise<void> {
  await world.redis.hincrby(await hashOf(world), "window", -windows);
}

/** Redis tells what time it is; a window that is about to end is waited out, 3 s at most. */
async function fromEarlyInAWindow({ redis }: World): Promise<number> {
  for (;;) {
    const [seconds] = await redis.time();
    const second = Number(seconds) % 60;
    if (second < 57) return second;
  }
}

test("uses are counted, of each subject and name apart, and 40 at once are 40", async () => {
  await using world = await openWorld();
  const second = await fromEarlyInAWindow(world);
  const counted = await Promise.all(
    Array.from({ length: 40 }, () => countUse(world.counters, use)),
  );
  expect(counted.map(({ uses }) => uses).toSorted((a, b) => a - b)).toEqual(
    Array.from({ length: 40 }, (_, index) => index + 1),
  );
  const { retryAfterSeconds } = counted[0]!;
  expect(retryAfterSeconds).toBeGreaterThanOrEqual(60 - second - 3);
  expect(retryAfterSeconds).toBeLessThanOrEqual(60 - second);
  for (const other of [{ name: "other" }, { subject: digestOf("another key") }]) {
    expect(await countUse(world.counters, { ...use, ...other })).toMatchObject({ uses: 1 });
  }
});

test("the window before counts by the part of it that lies in the last minute", async () => {
  await using world = await openWorld();
  const second = await fromEarlyInAWindow(world);
  await useTimes(world, 60);
  await ageWindows(world, 1);
  const [first] = await useTimes(world, 1);
  // One use now, and of the sixty before one for each second that is left of this window.
  expect(first).toBeGreaterThanOrEqual(1 + 60 - second - 4);
  expect(first).toBeLessThanOrEqual(1 + 60 - second);
});

test("what lies two windows back counts no more", async () => {
  await using world = await openWorld();
  await fromEarlyInAWindow(world);
  await useTimes(world, 60);
  await ageWindows(world, 2);
  expect(await useTimes(world, 2)).toEqual([1, 2]);
});

test("a use that nobody repeats is forgotten after two windows, and is kept as long as it counts", async () => {
  await using world = await openWorld();
  await useTimes(world, 3);
  const ends = await world.redis.pttl(await hashOf(world));
  expect(ends).toBeLessThanOrEqual(120_000);
  expect(ends).toBeGreaterThan(60_000);
  // Fails where a key has no end.
  await world.passTime(121);
  expect(await world.redis.keys(`${world.keyPrefix}*`)).toEqual([]);
});

test("a subject in clear is refused", async () => {
  await using world = await openWorld();
  for (const clear of ["ada@example.com", "+254712345678", "192.0.2.7"]) {
    await expect(countUse(world.counters, { ...use, subject: clear })).rejects.toThrow(TypeError);
  }
});
