import { blindIndex, seal } from "@postern/crypto";
import { expect, test } from "vitest";
import { openWorld, type World } from "../testing/open-world.ts";
import {
  fillPeople,
  keysOf,
  openPhones,
  PHONES,
  phoneOf,
  statusInTool,
} from "../testing/phones.ts";

const PEOPLE = 1_200;
const FORWARD = [
  ["encrypt", ...PHONES],
  ["encrypt", "verify"],
  ["encrypt", "enforce"],
];
const FRESH = "+254799999999";

async function openEncrypted(steps = FORWARD.length) {
  const world = await openWorld();
  await fillPeople(world, PEOPLE);
  for (const words of FORWARD.slice(0, steps)) await world.run(...words);
  return world;
}

/** As an app does that knows the sealed column alone. */
async function writeSealed({ sql, environment }: World, person: number): Promise<void> {
  const place = { table: "people", column: "sealed_mobile", rowId: String(person) };
  const sealed = seal(keysOf(environment).ring, FRESH, place);
  const index = blindIndex(keysOf(environment).digests, "people.mobile_index", FRESH);
  await sql`
    update people set sealed_mobile = ${sealed}, mobile_index = ${index}, mobile_hint = '+254*****999'
    where person_no = ${person}`;
}

test("there and back twice, stage by stage, and the table is as it was", async () => {
  await using world = await openWorld();
  const { run, sql } = world;
  await fillPeople(world, PEOPLE);
  const before = await sql`select * from people order by 1`;
  for (const _ of "12") {
    for (const words of FORWARD) expect(await run(...words)).toMatchObject({ code: 0 });
    for (const stage of ["verify", "backfill", "dual", "expand"]) {
      expect(await run("encrypt", "rollback")).toMatchObject({
        code: 0,
        out: `public.people.mobile: back at ${stage}.`,
      });
      expect(await statusInTool(world)).toMatchObject({ stage, unfinished: null });
    }
    expect(await run("encrypt", "rollback")).toMatchObject({
      out: "public.people.mobile: nothing is encrypted.",
    });
    expect(await sql`select * from people order by 1`).toEqual(before);
    expect(
      await sql`select from pg_trigger where tgrelid = 'people'::regclass
      and tgname like 'postern_encrypt%'`,
    ).toEqual([]);
  }
});

test("one stage back and forth again, each twice", async () => {
  await using world = await openEncrypted();
  const { run } = world;
  for (const back of [1, 1, 2, 2, 3, 3, 4, 4]) {
    for (let step = 0; step < back; step += 1) {
      expect(await run("encrypt", "rollback")).toMatchObject({ code: 0 });
    }
    for (const words of FORWARD.map(([noun = "", ...rest]) => [noun, ...rest])) {
      expect(await run(...words)).toMatchObject({ code: 0 });
    }
  }
  expect((await openPhones(world)).size).toBe(PEOPLE);
});

test("what was written sealed only is plain text again on the way back", async () => {
  await using world = await openEncrypted();
  const { run, sql } = world;
  await writeSealed(world, 7);
  const mobileOf7 = () => sql`select mobile from people where person_no = 7`;
  expect(await mobileOf7()).toEqual([{ mobile: null }]);
  expect(await run("encrypt", "rollback")).toMatchObject({ code: 0 });
  expect(await mobileOf7()).toEqual([{ mobile: FRESH }]);
  await writeSealed(world, 8);
  for (const _ of "123") expect(await run("encrypt", "rollback")).toMatchObject({ code: 0 });
  expect(await sql`select mobile from people where person_no in (7, 8)`).toEqual([
    { mobile: FRESH },
    { mobile: FRESH },
  ]);
});

test("an enforce that was killed is told, and can be finished or taken back", async () => {
  await using world = await openEncrypted(2);
  const { run, sql } = world;
  const write = () => sql`update people set mobile = ${phoneOf(77)} where person_no = 1`;
  await run("encrypt", "enforce");
  await sql`update postern_internal.encryptions set stage = 'verify', unfinished = 'enforce'`;
  expect((await run("encrypt", "status")).out).toMatch(
    /enforce was interrupted, and plain text is refused: run enforce or rollback/,
  );
  await expect(write()).rejects.toMatchObject({ code: "23514" });
  expect(await run("encrypt", "rollback")).toMatchObject({
    code: 0,
    out: "public.people.mobile: back at verify.",
  });
  await write();

  expect(await run("encrypt", "enforce")).toMatchObject({ code: 0 });
  await sql`update postern_internal.encryptions set stage = 'verify', unfinished = 'enforce'`;
  expect(await run("encrypt", "enforce")).toMatchObject({ code: 0 });
  expect(await statusInTool(world)).toMatchObject({ stage: "enforce", unfinished: null });
});

test("nothing is given up where a value does not open: a key is missing", async () => {
  await using world = await openEncrypted();
  const { run, sql } = world;
  await writeSealed(world, 7);
  await sql`update people set sealed_mobile = overlay(sealed_mobile placing 'AAAA' from 30)
    where person_no = 7`;
  const back = await run("encrypt", "rollback");
  expect(back).toMatchObject({ code: 1 });
  expect(back.err).toMatch(/^row 7 does not open and has no plain text$/m);
  await run("encrypt", "rollback");
  await run("encrypt", "rollback");
  const last = await run("encrypt", "rollback");
  expect(last).toMatchObject({ code: 1 });
  expect(last.err).toMatch(/1 rows have no plain text .* row 7: nothing was given up/);
  expect(await statusInTool(world)).toMatchObject({ stage: "dual" });
});
