import { setTimeout as sleep } from "node:timers/promises";
import { expect, test } from "vitest";
import { openWorld, type World } from "../testing/open-world.ts";
import { fillPeople, normalised, openPhones, PHONES, phoneOf } from "../testing/phones.ts";
import { TURN_LOCK } from "./turn.ts";

const PEOPLE = 12_000;
const SLOWLY = ["--rate", "4000"];
/** A twentieth of a second at that rate. */
const BATCH_ROWS = 200;

/** Notes each time that a row's number was sealed. */
const countSealings = ({ sql }: World) =>
  sql.unsafe(`
    create table sealings (person_no int);
    create function note_sealing() returns trigger language plpgsql as $$
      begin insert into sealings values (new.person_no); return null; end $$;
    create trigger note after update on people for each row
      when (old.sealed_mobile is null and new.sealed_mobile is not null)
      execute function note_sealing()`);

const sealedCount = async ({ sql }: World): Promise<number> => {
  const [row] = await sql`select count(sealed_mobile)::int as rows from people`;
  return row?.rows;
};

/** At the stage in which rows are sealed, with none sealed yet. */
async function openWatched() {
  const world = await openWorld();
  await world.run("encrypt", ...PHONES);
  await fillPeople(world, PEOPLE);
  await countSealings(world);
  return world;
}

const everyone = new Map(
  Array.from({ length: PEOPLE }, (_, n) => [n + 1, normalised(phoneOf(n + 1))]),
);

test("four workers in three processes seal each row once", async () => {
  await using world = await openWatched();
  const processes = ["2", "1", "1"].map((workers) => world.start("encrypt", "--workers", workers));
  expect(await Promise.all(processes.map(({ exited }) => exited))).toEqual([0, 0, 0]);
  const [sealings] = await world.sql`select count(*)::int as rows from sealings`;
  expect(sealings).toEqual({ rows: PEOPLE });
  expect(await openPhones(world)).toEqual(everyone);
  const counts = processes.map(({ output }) =>
    Number([...output().matchAll(/ (\d+) of \d+ rows/g)].at(-1)?.[1]),
  );
  expect(counts.reduce((sum, count) => sum + count)).toBe(PEOPLE);
});

test("processes that begin the same column at the same moment prepare it one after the other", async () => {
  await using world = await openWorld();
  await fillPeople(world, PEOPLE);
  const holder = await world.sql.reserve();
  await holder`select pg_advisory_lock(${TURN_LOCK})`;
  const processes = ["1", "2", "3"].map(() => world.start("encrypt", ...PHONES));
  const outputs = () => processes.map(({ output }) => output());
  const waiting = expect.stringContaining("another process is preparing a column");
  await expect.poll(outputs, { timeout: 20_000 }).toEqual([waiting, waiting, waiting]);
  await holder`select pg_advisory_unlock(${TURN_LOCK})`;
  holder.release();
  const codes = await Promise.all(processes.map(({ exited }) => exited));
  expect(codes, outputs().join()).toEqual([0, 0, 0]);
  expect(await openPhones(world)).toEqual(everyone);
});

test("a worker killed at any time leaves whole batches, and the next goes on", async () => {
  await using world = await openWatched();
  for (let tries = 0; tries < 3; tries += 1) {
    const before = await sealedCount(world);
    const worker = world.start("encrypt", ...SLOWLY);
    await expect.poll(() => sealedCount(world), { timeout: 10_000 }).toBeGreaterThan(before);
    await sleep(Math.random() * 400);
    await worker.kill();
  }
  const left = PEOPLE - (await sealedCount(world));
  expect(left).toBeGreaterThan(0);
  expect(left % BATCH_ROWS).toBe(0);
  expect(await world.run("encrypt")).toMatchObject({ code: 0 });
  expect(await world.run("encrypt", "verify")).toMatchObject({ code: 0 });
  expect(await openPhones(world)).toEqual(everyone);
});

test("pause lets every worker wait, whoever asks and however often; resume lets them go on", async () => {
  await using world = await openWatched();
  const { run } = world;
  const worker = world.start("encrypt", ...SLOWLY);
  await expect.poll(() => sealedCount(world), { timeout: 10_000 }).toBeGreaterThan(0);
  for (const _ of "12") expect(await run("encrypt", "pause")).toMatchObject({ code: 0 });
  expect((await run("encrypt", "status")).out).toMatch(/stage backfill, paused since 2/);
  await sleep(600);
  const paused = await sealedCount(world);
  await sleep(800);
  expect(await sealedCount(world)).toBe(paused);
  expect(paused).toBeLessThan(PEOPLE);
  for (const _ of "12") expect(await run("encrypt", "resume")).toMatchObject({ code: 0 });
  expect(await worker.exited).toBe(0);
  expect(await sealedCount(world)).toBe(PEOPLE);
});

test("a worker ends with what to do where somebody goes back a stage under it", async () => {
  await using world = await openWatched();
  const worker = world.start("encrypt", ...SLOWLY);
  await expect.poll(() => sealedCount(world), { timeout: 10_000 }).toBeGreaterThan(0);
  expect(await world.run("encrypt", "rollback")).toMatchObject({ code: 0 });
  expect(await worker.exited).toBe(1);
  expect(worker.output()).toMatch(/^postern: Somebody went back a stage: see/m);
});

test("a row that somebody else holds is passed over and sealed when it comes free", async () => {
  await using world = await openWatched();
  const held = Promise.withResolvers<void>();
  const holding = world.sql.begin(async (tx) => {
    await tx`select from people where person_no = 5 for update`;
    await held.promise;
  });
  const worker = world.start("encrypt");
  await expect.poll(() => sealedCount(world), { timeout: 15_000 }).toBe(PEOPLE - 1);
  held.resolve();
  await holding;
  await worker.exited;
  expect(await world.run("encrypt", "verify")).toMatchObject({ code: 0 });
  expect(await openPhones(world)).toEqual(everyone);
});
