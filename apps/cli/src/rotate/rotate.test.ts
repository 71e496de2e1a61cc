import { createHash, randomUUID } from "node:crypto";
import { seal } from "@postern/crypto";
import { expect, test } from "vitest";
import { newKey, openWorld, type World } from "../testing/open-world.ts";
import { fillPeople, keysOf, openPhones, PHONES } from "../testing/phones.ts";
import { fillSecrets, openSecrets, SECRETS } from "../testing/secrets.ts";

const PEOPLE = 2_300;

/** What `keys rotate` says, in the two steps that it says it in. */
async function turnKey({ run, environment }: World) {
  const { out } = await run("keys", "rotate", "--json");
  const { first, second } = JSON.parse(out);
  return {
    toFirst: () => Object.assign(environment, first),
    toSecond: () => Object.assign(environment, second),
  };
}

const rowsByKey = async ({ sql }: World) => {
  const [row] = await sql`select auth.count_by_key('public', 'people', 'sealed_mobile') as counts`;
  return row?.counts;
};

test("every sealed value of every table goes to the new key, and the old one is said to go", async () => {
  await using world = await openWorld();
  const { run, sql, environment } = world;
  await fillPeople(world, PEOPLE);
  await fillSecrets(world, 30);
  await run("encrypt", ...PHONES);
  await run("encrypt", ...SECRETS);
  await seedOurTables(world);
  const [phones, secrets] = [await openPhones(world), await openSecrets(world)];
  const status = async () => (await run("rotate", "status")).out;
  expect(await run("rotate", "status")).toMatchObject({ code: 0 });

  const { toFirst, toSecond } = await turnKey(world);
  toFirst();
  expect(await run("keys", "status")).toMatchObject({ code: 0 });
  toSecond();
  expect(await run("rotate", "status")).toMatchObject({ code: 1 });
  expect(await status()).toMatch(/^key 1 must stay: 2332 rows are under it/m);
  expect(await run("rotate")).toMatchObject({ code: 0 });
  expect(await status()).toMatch(/^key 1 can go from SYSTEM_ENCRYPTION_KEYS_PREVIOUS 10 minutes/m);
  expect(await rowsByKey(world)).toEqual({ 2: PEOPLE });

  environment.SYSTEM_ENCRYPTION_KEYS_PREVIOUS = "";
  expect(await openPhones(world)).toEqual(phones);
  expect(await openSecrets(world)).toEqual(secrets);
  expect(await run("keys", "status")).toMatchObject({ code: 0, err: "" });
  expect(
    await sql`select sealed_payload from auth.email_delivery_log where sealed_payload not like 'pe1.AQEAAAAC%'`,
  ).toEqual([]);
});

test("a key that is turned in the middle of encrypting leaves every value to be opened", async () => {
  await using world = await openWorld();
  const { run, environment } = world;
  await run("encrypt", ...PHONES);
  await fillPeople(world, 9_000);
  const worker = world.start("encrypt", "--rate", "3000");
  await expect.poll(() => rowsByKey(world), { timeout: 10_000 }).not.toEqual({});
  const { toFirst, toSecond } = await turnKey(world);
  toFirst();
  toSecond();
  expect(await run("encrypt")).toMatchObject({ code: 0 });
  expect(await worker.exited).toBe(0);
  expect(Object.keys(await rowsByKey(world))).toEqual(["1", "2"]);
  expect(await run("encrypt", "verify")).toMatchObject({ code: 0 });
  expect(await run("rotate")).toMatchObject({ code: 0 });
  environment.SYSTEM_ENCRYPTION_KEYS_PREVIOUS = "";
  expect(await run("encrypt", "verify")).toMatchObject({ code: 0 });
});

test("what is written while everything is sealed again is not lost, and kill -9 loses nothing", async () => {
  await using world = await openWorld();
  const { run, sql } = world;
  await fillPeople(world, 8_000);
  for (const words of [PHONES, ["verify"], ["enforce"]]) await run("encrypt", ...words);
  const { toFirst, toSecond } = await turnKey(world);
  const before = keysOf(world.environment);
  toFirst();
  toSecond();
  const worker = world.start("rotate", "--rate", "4000");
  await expect.poll(() => rowsByKey(world), { timeout: 10_000 }).toHaveProperty("2");
  await worker.kill();
  const place = { table: "people", column: "sealed_mobile", rowId: "3" };
  const late = seal(before.ring, "+254710000003", place);
  await sql`update people set sealed_mobile = ${late} where person_no = 3`;
  const both = [world.start("rotate"), world.start("rotate")];
  expect(await Promise.all(both.map(({ exited }) => exited))).toEqual([0, 0]);
  expect(await rowsByKey(world)).toEqual({ 2: 8_000 });
  expect((await openPhones(world)).get(3)).toBe("+254710000003");
});

test("a value that does not open is named by its row, and its key must stay", async () => {
  await using world = await openWorld();
  const { run, sql } = world;
  await fillPeople(world, 5);
  await run("encrypt", ...PHONES);
  await sql`update people set sealed_mobile = overlay(sealed_mobile placing 'AAAA' from 30),
    mobile = mobile || '' where person_no = 4`;
  const { toSecond } = await turnKey(world);
  toSecond();
  const rotated = await run("rotate");
  expect(rotated).toMatchObject({ code: 1 });
  expect(rotated.err).toMatch(/public.people.sealed_mobile: row 4 does not open/);
  expect(rotated.out).toMatch(/key 1 must stay: 1 rows are under it/);
});

/** A pending mail, and the service's own signing key. */
async function seedOurTables({ sql, environment }: World): Promise<void> {
  const { ring } = keysOf(environment);
  const mail = randomUUID();
  const payload = seal(ring, "{}", {
    table: "email_delivery_log",
    column: "sealed_payload",
    rowId: mail,
  });
  await sql`
    insert into auth.email_delivery_log (id, template, locale, to_email_hint, to_email_index,
      sealed_payload, expires_at)
    values (${mail}, 'sign_in_code', 'en', 'a***@example.com', ${"A".repeat(22)}, ${payload},
      now() + interval '5 min')`;
  const key = randomUUID();
  const jwk = seal(ring, "{}", { table: "signing_keys", column: "sealed_private_jwk", rowId: key });
  const kid = createHash("sha256").update(key).digest("base64url");
  await sql`insert into auth.signing_keys (id, kid, public_jwk, sealed_private_jwk, state)
    values (${key}, ${kid}, '{}', ${jwk}, 'next')`;
}

test("keys of another database are refused before anything is written", async () => {
  await using world = await openWorld();
  const { run, sql, environment } = world;
  await fillPeople(world, 5);
  await run("encrypt", ...PHONES);
  await run("encrypt", "rollback");
  const read = () =>
    sql`select *, (select to_jsonb(e) from postern_internal.encryptions e) as record from people order by 1`;
  const before = await read();
  for (const [name, other] of [
    ["SYSTEM_ENCRYPTION_KEY", newKey()],
    ["BLIND_INDEX_KEY", newKey()],
  ] as const) {
    const right = environment[name] ?? "";
    environment[name] = other;
    const begin = ["encrypt", ...SECRETS];
    const goOn = [["encrypt"], ["encrypt", "verify"], ["encrypt", "rollback"], ["rotate"]];
    for (const words of [begin, ...goOn]) {
      const { code, out, err } = await run(...words);
      expect({ code, out }).toEqual({ code: 78, out: "" });
      expect(err).toMatch(new RegExp(`^postern: ${name} is not .* has the fingerprint \\w+`));
      expect(err).not.toContain(other);
    }
    expect(await run("keys", "status")).toMatchObject({ code: 1 });
    environment[name] = right;
  }
  expect(await read()).toEqual(before);
});
