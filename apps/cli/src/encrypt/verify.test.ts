import { unprovedIndex } from "@postern/crypto";
import { expect, test } from "vitest";
import { openWorld } from "../testing/open-world.ts";
import { fillPeople, keysOf, openPhones, PHONES, statusInTool } from "../testing/phones.ts";

async function openSealed() {
  const world = await openWorld();
  await fillPeople(world, 1_050);
  await world.run("encrypt", ...PHONES);
  /** Behind the back of the triggers, as somebody with the rights of the owner may. */
  const tamper = (statement: string) =>
    world.sql.begin(async (tx) => {
      await tx`set local session_replication_role = replica`;
      await tx.unsafe(statement);
    });
  return { ...world, tamper };
}

const TAMPERED = [
  [
    "update people set sealed_mobile = overlay(sealed_mobile placing 'AAAA' from 30) where person_no = 7",
    "row 7 does not open",
  ],
  [
    "update people p set sealed_mobile = o.sealed_mobile from people o where p.person_no = 7 and o.person_no = 8",
    "row 7 does not open",
  ],
  [
    "update people set mobile = '0722000000' where person_no = 7",
    "row 7 holds another value than its plain text",
  ],
  [
    "update people set mobile_index = repeat('A', 22) where person_no = 7",
    "row 7 has another index than its value's",
  ],
  [
    "update people set mobile_hint = '+254*****000' where person_no = 7",
    "row 7 has another hint than its value's",
  ],
  [
    "update people set mobile = 'none of your business' where person_no = 7",
    "row 7 has plain text that stands for no value",
  ],
] as const;

test.for(TAMPERED)("verify finds %s", async ([statement, finding]) => {
  await using world = await openSealed();
  await world.tamper(statement);
  const { code, out, err } = await world.run("encrypt", "verify");
  expect({ code, out }).toEqual({
    code: 1,
    out: "1050 rows compared: 1 rows differ, 0 cannot be sealed as they are.",
  });
  expect(err.split("\n").at(-1)).toBe(finding);
  expect(await statusInTool(world)).toMatchObject({
    stage: "backfill",
    lastError: expect.stringMatching(/^1 rows differ/),
  });
  expect(await world.run("encrypt", "enforce")).toMatchObject({ code: 1 });
});

test("a number that its account has typed and not proved has an index of its own, and differs from nothing", async () => {
  await using world = await openSealed();
  const { digests } = keysOf(world.environment);
  const value = [...(await openPhones(world)).values()][6] ?? "";
  const index = unprovedIndex(digests, "people.mobile_index", { rowId: "7", value });
  const keep = (person: number) =>
    `update people set mobile = null, mobile_index = '${index}' where person_no = ${person}`;
  await world.tamper(keep(7));
  expect(await world.run("encrypt", "verify")).toMatchObject({ code: 0 });
  await world.tamper("update people set mobile_index = null where person_no = 7");
  await world.tamper(keep(8));
  const { err } = await world.run("encrypt", "verify");
  expect(err).toContain("row 8 has another index than its value's");
});

test("what differs from its plain text is made anew where asked for", async () => {
  await using world = await openSealed();
  for (const [statement] of TAMPERED.slice(0, 5)) {
    await world.tamper(statement.replace("person_no = 7", `person_no = ${statement.length}`));
  }
  expect(await world.run("encrypt", "verify", "--mend")).toMatchObject({ code: 0 });
  expect((await openPhones(world)).size).toBe(1_050);
});

test("a row that changed after it was compared is found at the end, and plain text let in again", async () => {
  await using world = await openSealed();
  const { run, sql } = world;
  expect(await run("encrypt", "verify")).toMatchObject({ code: 0 });
  await world.tamper(TAMPERED[2][0]);
  const { code, err } = await run("encrypt", "enforce");
  expect(code).toBe(1);
  expect(err).toMatch(/row 7 holds another value than its plain text\npostern: Rows differ, so/);
  await sql`update people set mobile = '0722000001' where person_no = 9`;
  expect(await statusInTool(world)).toMatchObject({ stage: "verify", unfinished: null });
});

test("values that stand for no number are told by their rows alone, and can be set aside and returned", async () => {
  await using world = await openWorld();
  const { run, sql } = world;
  const odd = ["CANARY-none", "", "12", null, "0722 000 111", "+254722000111"];
  for (const mobile of odd) await sql`insert into people (mobile) values (${mobile})`;
  await sql`alter table people add sealed_mobile text, add mobile_index varchar(22) unique`;
  const started = await run("encrypt", ...PHONES);
  expect(started).toMatchObject({ code: 1, out: "" });
  const told = started.err.split("\n").filter((line) => line.startsWith("row "));
  expect(told).toEqual([
    "row 1 is no phone number (numbers without a calling code need --default-country)",
    "row 2 is no phone number (numbers without a calling code need --default-country)",
    "row 3 is no phone number (numbers without a calling code need --default-country)",
    "row 6 is the value of another row already, and no two may have one",
  ]);
  expect(started.err).not.toMatch(/CANARY|0722|722000/);
  expect(await statusInTool(world)).toMatchObject({
    remaining: 4,
    lastError: "4 values cannot be sealed as they are",
  });
  expect(await run("encrypt", "enforce")).toMatchObject({ code: 1 });
  expect(await run("encrypt", "enforce", "--skip-invalid")).toMatchObject({ code: 0 });
  const read = async () =>
    (await sql`select mobile from people order by person_no`).map((row) => row.mobile);
  expect(await read()).toEqual([null, null, null, null, "0722 000 111", null]);
  expect(await sql`select from postern_internal.encryption_leftovers`).toHaveLength(4);
  for (const _ of "1234") expect(await run("encrypt", "rollback")).toMatchObject({ code: 0 });
  expect(await read()).toEqual(odd);
  expect(await sql`select from postern_internal.encryption_leftovers`).toEqual([]);
});

test("verify exits with 1 where a row cannot be sealed, though no sealed one differs", async () => {
  await using world = await openWorld();
  const { run, sql } = world;
  await fillPeople(world, 3);
  await sql`insert into people (mobile) values ('CANARY-none')`;
  expect(await run("encrypt", ...PHONES)).toMatchObject({ code: 1 });
  const { code, out, err } = await run("encrypt", "verify");
  expect({ code, out }).toEqual({
    code: 1,
    out: "4 rows compared: 0 rows differ, 1 cannot be sealed as they are.",
  });
  expect(err).toMatch(/^row 4 is no phone number/m);
  expect(await statusInTool(world)).toMatchObject({ stage: "backfill" });
  const asObject = await run("encrypt", "verify", "--json");
  expect({ code: asObject.code, ...JSON.parse(asObject.out) }).toEqual({
    code: 1,
    rows: 4,
    differing: {},
    invalid: { 4: "no_phone_number" },
  });
  expect(await run("encrypt", "enforce")).toMatchObject({ code: 1 });
});

test("a value that cannot be sealed and comes while rows are compared is in the verdict", async () => {
  await using world = await openWorld();
  const { run, sql } = world;
  await fillPeople(world, 1_000);
  expect(await run("encrypt", ...PHONES)).toMatchObject({ code: 0 });
  const verifying = world.start("encrypt", "verify", "--rate", "400");
  await expect.poll(verifying.output, { timeout: 20_000 }).toContain("comparing");
  await sql`insert into people (mobile) values ('CANARY-none')`;
  expect(await verifying.exited).toBe(1);
  expect(verifying.output()).toContain("0 rows differ, 1 cannot be sealed as they are.");
  expect(await statusInTool(world)).toMatchObject({ stage: "backfill" });
});

test("a value that cannot be sealed and comes after the comparison keeps plain text from being refused", async () => {
  await using world = await openWorld();
  const { run, sql } = world;
  await fillPeople(world, 3);
  await run("encrypt", ...PHONES);
  expect(await run("encrypt", "verify")).toMatchObject({ code: 0 });
  await sql`insert into people (mobile) values ('CANARY-none')`;
  const { code, err } = await run("encrypt", "enforce");
  expect(code).toBe(1);
  expect(err).toMatch(/^row 4 is no phone number/m);
  // Plain text is let in again, and none was lost.
  await sql`update people set mobile = '0722000001' where person_no = 4`;
  expect(await statusInTool(world)).toMatchObject({ stage: "verify", unfinished: null });
  expect(await run("encrypt", "enforce")).toMatchObject({ code: 0 });
  expect((await openPhones(world)).get(4)).toBe("+254722000001");
});
