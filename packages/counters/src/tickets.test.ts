import { expect, test } from "vitest";
import { digestOf, openWorld } from "./testing/open-world.ts";
import { keepTicket, takeTicket } from "./tickets.ts";

const ticket = { kind: "oauth-state", digest: digestOf("secret") };

test("of 200 who bring one ticket at once a single one gets what it is worth (R-55)", async () => {
  await using world = await openWorld();
  await keepTicket(world.counters, { ...ticket, worth: "sealed", lifeSeconds: 600 });
  const takers = Array.from({ length: 200 }, () => takeTicket(world.counters, ticket));
  const taken = await Promise.all(takers);
  expect(taken.filter((worth) => worth === "sealed")).toHaveLength(1);
  expect(taken.filter((worth) => worth === null)).toHaveLength(199);
});

test("a ticket of one kind is none of another, and ends with its life", async () => {
  await using world = await openWorld();
  await keepTicket(world.counters, { ...ticket, worth: "sealed", lifeSeconds: 60 });
  expect(await takeTicket(world.counters, { ...ticket, kind: "oauth-code" })).toBeNull();
  await world.passTime(61);
  expect(await takeTicket(world.counters, ticket)).toBeNull();
});

test("no ticket lives for longer than ten minutes, and none is named by a secret in clear", async () => {
  await using world = await openWorld();
  const long = { ...ticket, worth: "sealed", lifeSeconds: 601 };
  await expect(keepTicket(world.counters, long)).rejects.toThrow(RangeError);
  const clear = takeTicket(world.counters, { ...ticket, digest: "ada@example.com" });
  await expect(clear).rejects.toThrow(TypeError);
});
