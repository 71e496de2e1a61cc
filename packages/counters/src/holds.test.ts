import { expect, test } from "vitest";
import { takeHold } from "./holds.ts";
import { digestOf, openWorld } from "./testing/open-world.ts";

const export_ = { name: "exports", subject: digestOf("ada"), lifeSeconds: 120 };

test("of 200 who ask at once one has the hold, and the next one after it was released", async () => {
  await using world = await openWorld();
  const holds = await Promise.all(
    Array.from({ length: 200 }, () => takeHold(world.counters, export_)),
  );
  const [mine, ...others] = holds.filter(({ isMine }) => isMine);
  expect(others).toEqual([]);
  const refused = holds.filter((hold) => !hold.isMine);
  expect(refused[0]).toEqual({ isMine: false, retryAfterSeconds: 120 });
  await (mine?.isMine && mine.release());
  expect((await takeHold(world.counters, export_)).isMine).toBe(true);
});

test("a hold lapses with its life, and is not released by whom it lapsed for", async () => {
  await using world = await openWorld();
  const first = await takeHold(world.counters, export_);
  await world.passTime(121);
  expect((await takeHold(world.counters, export_)).isMine).toBe(true);
  await (first.isMine && first.release());
  expect((await takeHold(world.counters, export_)).isMine).toBe(false);
});

test("the hold of one account or of one thing is no other's", async () => {
  await using world = await openWorld();
  await takeHold(world.counters, export_);
  for (const other of [{ subject: digestOf("eve") }, { name: "other" }]) {
    expect((await takeHold(world.counters, { ...export_, ...other })).isMine).toBe(true);
  }
});
