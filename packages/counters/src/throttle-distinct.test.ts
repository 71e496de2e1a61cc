import { expect, test } from "vitest";
import { digestOf, openWorld } from "./testing/open-world.ts";
import { throttleDistinct } from "./throttle-distinct.ts";

const base = {
  name: "otp-recipients",
  subject: digestOf("192.0.2.7"),
  limit: 20,
  windowSeconds: 86_400,
};
const member = (turn: number) => digestOf(`person ${turn}`);

test("of 200 different members at once 20 pass, and those pass again", async () => {
  await using world = await openWorld();
  const name = (turn: number) =>
    throttleDistinct(world.counters, { ...base, member: member(turn) });
  const answers = await Promise.all(Array.from({ length: 200 }, (_, turn) => name(turn)));
  expect(answers.filter(({ allowed }) => allowed)).toHaveLength(20);
  expect(answers.at(-1)).toEqual({ allowed: false, retryAfterSeconds: 86_400, remaining: 0 });
  const known = answers.findIndex(({ allowed }) => allowed);
  expect(await name(known)).toMatchObject({ allowed: true, remaining: 0 });
});

test("a member counts for one window from when it was first seen", async () => {
  await using world = await openWorld();
  const two = { ...base, limit: 2 };
  const name = (turn: number) => throttleDistinct(world.counters, { ...two, member: member(turn) });
  await name(1);
  await world.passTime(40_000);
  await name(2);
  expect(await name(3)).toMatchObject({ allowed: false, retryAfterSeconds: 46_400 });
  await world.passTime(46_400);
  expect(await name(3)).toMatchObject({ allowed: true });
  expect(await name(4)).toMatchObject({ allowed: false, retryAfterSeconds: 40_000 });
});

test("a member in clear is refused", async () => {
  await using world = await openWorld();
  const clear = throttleDistinct(world.counters, { ...base, member: "ada@example.com" });
  await expect(clear).rejects.toThrow(TypeError);
});
