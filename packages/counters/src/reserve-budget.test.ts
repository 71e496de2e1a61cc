import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { testRedisUrl } from "@postern/devkit";
import { expect, test } from "vitest";
import { type Reservation, reserveBudget } from "./reserve-budget.ts";
import { noteBudgetTold, settleBudget } from "./settle-budget.ts";
import { openWorld, type World } from "./testing/open-world.ts";

const budget = { currency: "KES", day: "2026-11-21", ceilingMicros: 1_000_000 };
const one: Omit<Reservation, "id"> = {
  group: "KE",
  groupCeilingMicros: 1_000_000,
  price: { name: "twilio-KE", micros: 10_000 },
  units: 1,
};

const reserve = ({ counters }: World, id: string, changes: Partial<Reservation> = {}) =>
  reserveBudget(counters, budget, { ...one, id, ...changes });

const settle = ({ counters }: World, id: string, costMicros: number) =>
  settleBudget(counters, budget, { ...one, id, priceName: one.price.name, costMicros });

const spentOf = async ({ redis, keyPrefix }: World, field = "spent") =>
  Number(await redis.hget(`${keyPrefix}budget:{KES}:2026-11-21:spent`, field));

test("of 500 reservations at once as many pass as there is money for (R-26)", async () => {
  await using world = await openWorld();
  const all = await Promise.all(
    Array.from({ length: 500 }, (_, turn) => reserve(world, `m${turn}`)),
  );
  expect(all.filter(({ isReserved }) => isReserved)).toHaveLength(100);
  expect(await spentOf(world)).toBe(1_000_000);
  expect(all.at(-1)).toMatchObject({ isReserved: false, level: "used_up", spentMicros: 1_000_000 });
});

test("the last text that would pass a ceiling is refused, where the price does not divide it (R-26)", async () => {
  await using world = await openWorld();
  const price = { name: "twilio-KE", micros: 30_001 };
  // The group's part is no bound here: what is left alone is judged.
  const groupCeilingMicros = 2_000_000;
  const all = await Promise.all(
    Array.from({ length: 100 }, (_, turn) =>
      reserve(world, `m${turn}`, { price, groupCeilingMicros }),
    ),
  );
  expect(all.filter(({ isReserved }) => isReserved)).toHaveLength(33);
  expect(await spentOf(world)).toBe(33 * 30_001);
  // What is left is too little for a text of two segments, and enough for a cheap one.
  const rest = 1_000_000 - 33 * 30_001;
  const cheap = { name: "webhook-KE", micros: rest };
  expect(await reserve(world, "two", { price: cheap, units: 2, groupCeilingMicros })).toMatchObject(
    {
      isReserved: false,
    },
  );
  expect(await reserve(world, "one", { price: cheap, groupCeilingMicros })).toMatchObject({
    isReserved: true,
  });
  expect(await spentOf(world)).toBe(1_000_000);
});

test("a group's last text is refused, where the price does not divide its part (R-26)", async () => {
  await using world = await openWorld();
  const part = { groupCeilingMicros: 100_000, price: { name: "twilio-KE", micros: 30_001 } };
  for (let turn = 0; turn < 3; turn += 1) {
    expect(await reserve(world, `m${turn}`, part)).toMatchObject({ isReserved: true });
  }
  expect(await reserve(world, "more", part)).toMatchObject({
    isReserved: false,
    level: "group_used_up",
  });
  expect(await spentOf(world, "spent:KE")).toBe(3 * 30_001);
});

test("one caller is asked to tell of 80 % and one of the end, until it was told", async () => {
  await using world = await openWorld();
  const answers = [];
  for (let turn = 0; turn < 110; turn += 1) answers.push(await reserve(world, `m${turn}`));
  const told = answers.map((it, at) => ({ ...it, at })).filter(({ isToTell }) => isToTell);
  expect(told).toMatchObject([
    { at: 79, level: "almost_used_up" },
    { at: 100, level: "used_up" },
  ]);
  await world.passTime(11);
  expect(await reserve(world, "later")).toMatchObject({ isToTell: true, level: "used_up" });
  await noteBudgetTold(world.counters, { ...budget, level: "used_up", group: "KE" });
  await world.passTime(3_600);
  expect(await reserve(world, "latest")).toMatchObject({ isToTell: false, level: "used_up" });
});

test("a group takes its part and no more; the rest is for the others", async () => {
  await using world = await openWorld();
  const part = { groupCeilingMicros: 500_000 };
  for (let turn = 0; turn < 50; turn += 1) {
    expect(await reserve(world, `m${turn}`, part)).toMatchObject({ isReserved: true });
  }
  expect(await reserve(world, "one more", part).catch((error) => error)).toBeInstanceOf(TypeError);
  expect(await reserve(world, "more", part)).toMatchObject({
    isReserved: false,
    level: "group_used_up",
    isToTell: true,
  });
  expect(await reserve(world, "other", { ...part, group: "UG" })).toMatchObject({
    isReserved: true,
  });
});

test("the real cost takes the place of the estimate once, and what was not bought goes back", async () => {
  await using world = await openWorld();
  await reserve(world, "a");
  await reserve(world, "b", { units: 2 });
  expect(await spentOf(world)).toBe(30_000);
  expect(await settle(world, "a", 7_000)).toBe(true);
  expect(await settle(world, "a", 7_000)).toBe(false);
  expect(await spentOf(world)).toBe(27_000);
  expect(await settle(world, "b", 0)).toBe(true);
  expect(await spentOf(world)).toBe(7_000);
  expect(await spentOf(world, "spent:KE")).toBe(7_000);
});

test("a price above the estimate counts from then on, one below does not", async () => {
  await using world = await openWorld();
  await reserve(world, "a");
  await settle(world, "a", 30_000);
  await reserve(world, "b");
  expect(await spentOf(world)).toBe(60_000);
  await settle(world, "b", 1_000);
  await reserve(world, "c");
  expect(await spentOf(world)).toBe(41_000);
});

test("every day and every currency has a budget of its own, and none stays for ever", async () => {
  await using world = await openWorld();
  for (const own of [budget, { ...budget, day: "2026-11-22" }, { ...budget, currency: "USD" }]) {
    const asked = { ...one, id: "m", units: 100 };
    expect(await reserveBudget(world.counters, own, asked)).toMatchObject({ isReserved: true });
  }
  // Fails where a key has no end.
  await world.passTime(1);
});

const run = promisify(execFile);
const SPENDER = fileURLToPath(new URL("./testing/spend-budget.ts", import.meta.url));

test("100,000 requests over 4 processes never pass the ceiling, and other countries are served (A-29, R-26)", async () => {
  await using world = await openWorld();
  const spend = async (name: string) => {
    const args = [SPENDER, testRedisUrl(), world.keyPrefix, name, "25000", "10000"];
    const { stdout } = await run(process.execPath, args);
    return JSON.parse(stdout) as Record<"attacked" | "others", Record<string, number>>;
  };
  const counts = await Promise.all(["a", "b", "c", "d"].map(spend));
  const sum = (kind: "attacked" | "others", field: string) =>
    counts.reduce((total, it) => total + (it[kind][field] ?? 0), 0);
  expect(sum("attacked", "asked") + sum("others", "asked")).toBe(100_000);
  expect(sum("attacked", "costMicros")).toBeLessThanOrEqual(100_000_000);
  expect(sum("attacked", "costMicros")).toBeGreaterThan(90_000_000);
  expect(sum("attacked", "costMicros") + sum("others", "costMicros")).toBeLessThanOrEqual(
    200_000_000,
  );
  expect(sum("others", "served") / sum("others", "asked")).toBeGreaterThanOrEqual(0.99);
}, 60_000);
