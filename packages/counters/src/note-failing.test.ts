import { expect, test } from "vitest";
import { noteFailing } from "./note-failing.ts";
import { digestOf, openWorld, type World } from "./testing/open-world.ts";

const group = {
  name: "stuffing",
  subject: digestOf("192.0.2.7"),
  membersMax: 20,
  windowSeconds: 900,
};

const fail = ({ counters }: World, turn: number, changes: object = {}) =>
  noteFailing(counters, { ...group, member: digestOf(`person ${turn}`), ...changes });

test("of 200 members that fail at once, the one that makes them too many is told, once a window", async () => {
  await using world = await openWorld();
  const answers = await Promise.all(Array.from({ length: 200 }, (_, turn) => fail(world, turn)));
  expect(answers.filter((answer) => answer !== null)).toEqual([{ members: 20, failures: 20 }]);
  await world.passTime(900);
  const later = await Promise.all(Array.from({ length: 30 }, (_, turn) => fail(world, turn)));
  expect(later.filter((answer) => answer !== null)).toHaveLength(1);
});

test("one member that fails often is none of many", async () => {
  await using world = await openWorld();
  const answers = await Promise.all(Array.from({ length: 100 }, () => fail(world, 1)));
  expect(answers.filter((answer) => answer !== null)).toEqual([]);
});

test("with a bound on failures each, members that fail often are not told", async () => {
  await using world = await openWorld();
  const few = { failuresEachMax: 2 };
  for (let turn = 0; turn < 60; turn += 1) {
    expect(await fail(world, 1, few)).toBeNull();
  }
  for (let turn = 2; turn < 30; turn += 1) {
    expect(await fail(world, turn, few)).toBeNull();
  }
  const told = [];
  for (let turn = 30; turn < 70; turn += 1) {
    told.push(await fail(world, turn, few));
  }
  expect(told.filter((answer) => answer !== null)).toEqual([{ members: 59, failures: 118 }]);
});

test("a member or a subject in clear is refused", async () => {
  await using world = await openWorld();
  await expect(fail(world, 1, { member: "ada@example.com" })).rejects.toThrow(TypeError);
  await expect(fail(world, 1, { subject: "192.0.2.7" })).rejects.toThrow(TypeError);
});
