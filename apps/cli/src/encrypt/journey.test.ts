import { migrateSecuritySchema } from "@postern/schema/migrate";
import { expect, test } from "vitest";
import { sealedForm, startOldApp } from "../testing/old-app.ts";
import { openWorld, type World } from "../testing/open-world.ts";
import { declared } from "../testing/people.ts";
import {
  fillPeople,
  openPhones,
  PHONES,
  phoneOf,
  statusInPsql,
  statusInTool,
} from "../testing/phones.ts";

const PEOPLE = 2_500;

/** Both tell the same of a column. */
async function expectStatus(world: World, expected: object): Promise<void> {
  expect(await statusInTool(world)).toMatchObject(expected);
  expect(await statusInPsql(world)).toMatchObject(expected);
}

test("plain numbers of an app's own table are sealed, compared, enforced, and the column goes", async () => {
  await using world = await openWorld();
  const { run } = world;
  await fillPeople(world, PEOPLE);
  const all = { total: PEOPLE, encrypted: PEOPLE, remaining: 0 };

  const started = await run("encrypt", ...PHONES);
  expect(started).toMatchObject({
    code: 0,
    out: "Every row is sealed. Next: pnpm postern encrypt verify",
  });
  expect(started.err).toMatch(/2500 of 2500 rows, \d+ a second$/);
  await expectStatus(world, { stage: "backfill", ...all });
  expect((await run("encrypt", "enforce")).err).toMatch(/verify comes first/);

  expect(await run("encrypt", "verify")).toMatchObject({
    code: 0,
    out: "2500 rows compared: 0 rows differ, 0 cannot be sealed as they are.",
  });
  await expectStatus(world, { stage: "verify", ...all });
  const place = { databaseUrl: world.url, exports: declared, roles: null } as const;
  await expect(migrateSecuritySchema({ ...place, contract: true })).rejects.toThrow(
    /people.mobile is at the stage verify of its encryption: pnpm postern encrypt enforce/,
  );

  expect(await run("encrypt", "enforce")).toMatchObject({ code: 0 });
  expect(await run("encrypt", "enforce")).toMatchObject({
    code: 0,
    out: expect.stringMatching(/refused already/),
  });
  await expectStatus(world, { stage: "enforce", ...all });
  const phones = await openPhones(world);
  expect(phones.get(7)).toBe("+254710000007");

  await migrateSecuritySchema({ ...place, contract: true });
  await expectStatus(world, { stage: "contract", ...all });
  expect(await openPhones(world)).toEqual(phones);
  await world.sql`update people set orders = 1, sealed_mobile = null, mobile_index = null where person_no = 1`;
  expect(await run("encrypt")).toMatchObject({
    code: 1,
    err: expect.stringMatching(/encrypted for good/),
  });
});

test("whatever an app that knows nothing writes at any stage is sealed as it wrote it last", async () => {
  await using world = await openWorld();
  const { run } = world;
  await fillPeople(world, PEOPLE);
  await using app = await startOldApp(world);
  expect(await run("encrypt", ...PHONES)).toMatchObject({ code: 0 });
  expect(await run("encrypt", "verify")).toMatchObject({ code: 0 });
  const { code } = await run("encrypt", "enforce");
  expect(code).toBe(0);
  await expect.poll(() => app.refused()).toBeGreaterThan(5);
  await app.stop();
  expect(app.written()).toBeGreaterThan(50);
  const phones = await openPhones(world);
  // Once plain text is refused, an empty one takes no number away.
  for (const [id, phone] of sealedForm(app.phones)) {
    if (phone !== null) expect([id, phones.get(id)]).toEqual([id, phone]);
  }
});

test("while both are kept, a number that goes takes its sealed value with it", async () => {
  await using world = await openWorld();
  const { run, sql } = world;
  await fillPeople(world, 3);
  await run("encrypt", ...PHONES);
  await sql`update people set mobile = null where person_no = 1`;
  await sql`update people set mobile = ${phoneOf(99)} where person_no = 2`;
  expect(
    await sql`select person_no from people where sealed_mobile is null and mobile_index is null
    and mobile_hint is null order by 1`,
  ).toMatchObject([{ person_no: 1 }, { person_no: 2 }]);
  expect(await run("encrypt", "verify")).toMatchObject({ code: 0 });
  expect([...(await openPhones(world)).values()]).toEqual([null, "+254710000099", "+254710000003"]);
});

test("of 1,000 numbers none is in the database after the last stage, nor was any ever printed", async () => {
  await using world = await openWorld();
  const { run, sql } = world;
  await fillPeople(world, 1_000);
  await sql`insert into people (mobile) values ('07-no-number-5551234'), ('')`;
  const said = [];
  for (const words of [
    PHONES,
    ["status"],
    ["verify"],
    ["enforce"],
    ["enforce", "--skip-invalid"],
    ["status", "--json"],
  ]) {
    const { out, err } = await run("encrypt", ...words);
    said.push(out, err);
  }
  const place = { databaseUrl: world.url, exports: declared, roles: null } as const;
  const { done } = await migrateSecuritySchema({ ...place, contract: true });
  const contracted = done.find(({ version }) => version === "027_remove_plain_text_columns");
  expect(contracted).toMatchObject({ how: "ran" });
  const [dump] = await sql`select database_to_xml(true, false, '')::text as text`;
  const everything = `${dump?.text}\n${said.join("\n")}`;
  expect(everything).toContain("pe1.");
  const canaries = Array.from({ length: 1_000 }, (_, n) => phoneOf(n + 1).slice(1));
  expect([...canaries, "5551234"].filter((canary) => everything.includes(canary))).toEqual([]);
});

test("a table whose columns are called as ours in the statements is encrypted, turned and taken back", async () => {
  await using world = await openWorld();
  const { run, sql } = world;
  await sql`create table "t" (id text primary key, plain text, sealed text, index text unique, hint text, key text, before text, "Rand""om" text)`;
  await sql`insert into "t" (id, plain, "Rand""om") select 'a' || n, 'p' || n || '@example.com', 'z' || n from generate_series(1, 50) n`;
  const before = await sql`select * from "t" order by 1`;
  const options = [
    "--table",
    "public.t",
    "--column",
    "plain",
    "--into",
    "sealed",
    "--index",
    "index",
  ];
  const forward = [
    ["encrypt", ...options, "--hint", "hint", "--normalise", "email"],
    ["encrypt", "verify"],
    ["encrypt", "enforce"],
    ["rotate"],
  ];
  for (const words of forward) expect(await run(...words)).toMatchObject({ code: 0 });
  await sql`update "t" set sealed = null, index = null, hint = null where id = 'a1'`;
  for (const _ of "12345") expect(await run("encrypt", "rollback")).toMatchObject({ code: 0 });
  expect(await sql`select * from "t" order by 1`).toEqual(
    before.map((row) => (row.id === "a1" ? { ...row, plain: null } : row)),
  );
  const odd = ["--table", "public.t", "--column", 'Rand"om', "--into", 'Sea"led'];
  expect(await run("encrypt", ...odd)).toMatchObject({ code: 0 });
  for (const words of ["verify", "enforce"]) {
    expect(await run("encrypt", words)).toMatchObject({ code: 0 });
  }
  expect(await run("encrypt", "contract", "--yes")).toMatchObject({ code: 0 });
  expect((await run("encrypt", "status")).out).toMatch(/stage contract\n {2}50 of 50 rows sealed/);
});
