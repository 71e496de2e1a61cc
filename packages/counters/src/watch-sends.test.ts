import { expect, test } from "vitest";
import { digestOf, openWorld, type World } from "./testing/open-world.ts";
import { noteVerifiedSend, type WatchedSend, watchSend } from "./watch-sends.ts";

const group = { unverifiedMax: 10, verifiedPercentMin: 20, graceMinutes: 0 };
const prefix = { ...group, name: "prefix", subject: digestOf("+25471234") };
const country = { ...group, name: "country", subject: "KE", unverifiedMax: 30 };

/** Numbers that do not follow one another, unless they are asked to. */
const watch = ({ counters }: World, turn: number, changes: Partial<WatchedSend> = {}) =>
  watchSend(counters, {
    id: `send-${turn}`,
    number: digestOf(`${turn}`),
    neighbours: [digestOf(`below ${turn}`), digestOf(`above ${turn}`)],
    sequenceMax: 5,
    groups: [prefix, country],
    windowMinutes: 60,
    isDenied: true,
    ...changes,
  });

const watchMany = (world: World, count: number, changes?: Partial<WatchedSend>) =>
  Promise.all(Array.from({ length: count }, (_, turn) => watch(world, turn, changes)));

/** An hour ago, by the names of the minutes. */
async function ageAnHour({ redis, keyPrefix }: World): Promise<void> {
  for (const key of await redis.keys(`${keyPrefix}sends:{watched}:group:*`)) {
    for (const [field, count] of Object.entries(await redis.hgetall(key))) {
      await redis.hdel(key, field);
      await redis.hset(key, `${field.slice(0, 2)}${Number(field.slice(2)) - 60}`, count);
    }
  }
}

test("of 500 sends at once to one range that nobody verifies, ten go out (A-29)", async () => {
  await using world = await openWorld();
  const answers = await watchMany(world, 500);
  expect(answers.filter((it) => it === null)).toHaveLength(10);
  expect(answers.at(-1)).toEqual({ by: "unverified", group: "prefix", count: 10, verified: 0 });
});

test("a range is open again when its hour has passed", async () => {
  await using world = await openWorld();
  await watchMany(world, 10);
  expect(await watch(world, 11)).not.toBeNull();
  await ageAnHour(world);
  expect(await watch(world, 12)).toBeNull();
});

test("people who verify their codes are never stopped, however many they are", async () => {
  await using world = await openWorld();
  for (let turn = 0; turn < 120; turn += 1) {
    expect(await watch(world, turn)).toBeNull();
    // One of three: the others gave up.
    if (turn % 3 === 0) expect(await noteVerifiedSend(world.counters, `send-${turn}`)).toBe(true);
  }
});

test("a verified code counts once, and one that is not known not at all", async () => {
  await using world = await openWorld();
  await watch(world, 1);
  const notes = await Promise.all(
    Array.from({ length: 20 }, () => noteVerifiedSend(world.counters, "send-1")),
  );
  expect(notes.filter(Boolean)).toHaveLength(1);
  expect(await noteVerifiedSend(world.counters, "send-2")).toBe(false);
});

test("a country is stopped by its own bound, over many ranges, and another one is not", async () => {
  await using world = await openWorld();
  const inRange = (turn: number, subject: string) =>
    watch(world, turn, {
      groups: [
        { ...prefix, subject: digestOf(`range ${turn}`) },
        { ...country, subject },
      ],
    });
  for (let turn = 0; turn < 30; turn += 1) expect(await inRange(turn, "LV")).toBeNull();
  expect(await inRange(31, "LV")).toMatchObject({ group: "country", count: 30 });
  expect(await inRange(32, "KE")).toBeNull();
});

test("what was sent just now is left out where a group has a grace", async () => {
  await using world = await openWorld();
  const patient = { groups: [{ ...prefix, graceMinutes: 2 }] as const };
  expect((await watchMany(world, 50, patient)).filter(Boolean)).toEqual([]);
});

test("numbers that follow one another are stopped at the fifth, others of the range are not", async () => {
  await using world = await openWorld();
  const number = (turn: number) => ({
    number: digestOf(`n${turn}`),
    neighbours: [digestOf(`n${turn - 1}`), digestOf(`n${turn + 1}`)] as const,
  });
  for (let turn = 0; turn < 5; turn += 1) expect(await watch(world, turn, number(turn))).toBeNull();
  const stopped = { by: "sequential", group: "prefix", count: 5 };
  expect(await watch(world, 5, number(5))).toMatchObject(stopped);
  expect(await watch(world, 6, number(40))).toBeNull();
});

test("the same message again is no second send", async () => {
  await using world = await openWorld();
  for (let turn = 0; turn < 50; turn += 1) expect(await watch(world, 1)).toBeNull();
});

test("where suspicion is recorded alone, what goes out counts on", async () => {
  await using world = await openWorld();
  const answers = await watchMany(world, 40, { isDenied: false });
  expect(answers.filter((it) => it === null)).toHaveLength(10);
  expect(answers.at(-1)).toMatchObject({ count: 39 });
});

test("no key or value holds a number in clear, and every key ends", async () => {
  await using world = await openWorld();
  await watch(world, 1);
  await world.passTime(1);
  await expect(watch(world, 2, { number: "+254712345678" })).rejects.toThrow(TypeError);
});
