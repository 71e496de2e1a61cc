import { seal } from "@postern/crypto";
import { expect, test } from "vitest";
import { openWorld, type World } from "../testing/open-world.ts";
import { fillPeople, keysOf, openPhones, PHONES } from "../testing/phones.ts";

/** Sealed and enforced, with the ring of the old key, and the new key active. */
async function openTurned(people: number) {
  const world = await openWorld();
  await fillPeople(world, people);
  for (const words of [PHONES, ["verify"], ["enforce"]]) await world.run("encrypt", ...words);
  const { ring: oldRing } = keysOf(world.environment);
  const { out } = await world.run("keys", "rotate", "--json");
  const { first, second } = JSON.parse(out);
  Object.assign(world.environment, first, second);
  const sealUnderOldKey = (person: number, phone: string) =>
    seal(oldRing, phone, { table: "people", column: "sealed_mobile", rowId: String(person) });
  return { ...world, sealUnderOldKey };
}

const rowsByKey = async ({ sql }: World) => {
  const [row] = await sql`select auth.count_by_key('public', 'people', 'sealed_mobile') as counts`;
  return row?.counts;
};

/** Statements on people that wait for a lock. */
const waiting = async ({ sql }: World): Promise<number> => {
  const [row] = await sql`select count(*)::int as waiting from pg_stat_activity
    where datname = current_database() and wait_event_type = 'Lock' and query like '%sealed_mobile%'`;
  return row?.waiting;
};

/** As a service writes a number: with the index that belongs to it. */
const indexOf = async ({ sql }: World, person: number) => {
  const [row] = await sql`select mobile_index from people where person_no = ${person}`;
  return row?.mobile_index;
};

test("a number that is written while its row is sealed again is kept, and sealed again itself (R-51)", async () => {
  await using world = await openTurned(5);
  const index = await indexOf(world, 4);
  const late = world.sealUnderOldKey(3, "+254710000004");
  const mayCommit = Promise.withResolvers<void>();
  const written = Promise.withResolvers<void>();
  const writing = world.sql.begin(async (tx) => {
    await tx`delete from people where person_no = 4`;
    await tx`update people set sealed_mobile = ${late}, mobile_index = ${index} where person_no = 3`;
    written.resolve();
    await mayCommit.promise;
  });
  await written.promise;
  const rotating = world.start("rotate");
  // It has read the row as it was, and waits for it to come free.
  await expect.poll(() => waiting(world), { timeout: 20_000 }).toBeGreaterThan(0);
  mayCommit.resolve();
  await writing;
  expect(await rotating.exited).toBe(0);
  expect((await openPhones(world)).get(3)).toBe("+254710000004");
  expect(await rowsByKey(world)).toEqual({ 2: 4 });
});

test("a number that a service with the old key writes behind the reading is sealed again all the same (R-51)", async () => {
  await using world = await openTurned(2_000);
  const rotating = world.start("rotate", "--rate", "1000");
  await expect
    .poll(async () => (await rowsByKey(world))[2] ?? 0, { timeout: 20_000 })
    .toBeGreaterThan(0);
  const late = world.sealUnderOldKey(3, "+254710000003");
  await world.sql`update people set sealed_mobile = ${late} where person_no = 3`;
  expect(await rotating.exited).toBe(0);
  expect(await rowsByKey(world)).toEqual({ 2: 2_000 });
});
