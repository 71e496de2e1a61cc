import { expect, test } from "vitest";
import { openWorld } from "./testing/open-world.ts";
import { fillPeople, PHONES } from "./testing/phones.ts";

const start = (words: string) => `encrypt --table public.people --column mobile ${words}`;

test.for([
  [
    "nothing",
    "There is no command nothing. There are keys, encrypt, rotate, delivery, user, admin, cleanup, rollout, audit, validate; see --help.",
  ],
  ["encrypt nothing", "There is no command encrypt nothing. There are start, status,"],
  ["keys generate --loud", "Unknown option '--loud'; see --help."],
  ["encrypt", "Say what goes where: --table public.users"],
  ["encrypt status --json=1", "Option '--json' does not take an argument; see --help."],
  ["encrypt --table people", "Name a column by --table public.users --column phone_number."],
  ["encrypt --table a.b.c --column d --into e", "Name a column by --table"],
  ["encrypt --table public.nobody --column a --into b", "There is no table public.nobody."],
  [start(""), "Say what goes where:"],
  [start("--into mobile"), "--into must be another column."],
  [start("--into a.b"), "--into takes a column of the same table, or schema.table.column."],
  [start("--into orders"), "public.people.orders is integer: sealed values need a column of text."],
  [start("--into a --index a"), "--into, --index and --hint must be three columns."],
  [start("--into a --normalise it"), "--normalise takes phone, email, none."],
  [start("--into a --default-country KEN --normalise phone"), "--default-country takes an ISO"],
  [start("--into a --default-country KE"), "--default-country takes an ISO code, as KE, and goes"],
  [start("--into a --hint b"), "--hint goes with --normalise phone or email"],
  [start("--into a --workers 99"), "--workers takes a whole number up to 16."],
  [start("--into a --rate fast"), "--rate takes a whole number of rows a second"],
  [start("--into auth.email_delivery_log.template"), "--into another table takes secrets to"],
  [start("--into auth.two_factor_auth.encrypted_secret --index i"), "--into another table takes"],
  ["encrypt --table public.people --column orders --into a", "only columns of text can be"],
  ["encrypt verify", "Nobody began to encrypt any column: see pnpm postern encrypt start --help."],
  ["encrypt pause --table public.people --column mobile", "Nobody began to encrypt public.people."],
])("%s: one line that says what to do, and exit code 1", async ([words, line]) => {
  await using world = await openWorld();
  const { code, out, err } = await world.run(...(words ?? "").split(" ").filter(Boolean));
  expect({ code, out }).toEqual({ code: 1, out: "" });
  expect(err.startsWith(`postern: ${line}`) || err.includes(line ?? "")).toBe(true);
  expect(err).not.toContain("\n");
  expect(await world.sql`select from postern_internal.encryptions`).toEqual([]);
});

test("every bad variable is named at once, with exit code 78 and no value", async () => {
  await using world = await openWorld();
  world.environment.SYSTEM_ENCRYPTION_KEY = "short-canary";
  world.environment.BLIND_INDEX_KEY = "";
  const { code, err } = await world.run("keys", "status");
  expect(code).toBe(78);
  expect(err).toMatch(/SYSTEM_ENCRYPTION_KEY/);
  expect(err).toMatch(/BLIND_INDEX_KEY/);
  expect(err).not.toMatch(/canary/);
});

test.for([
  ["--help"],
  ["encrypt", "--help"],
  ["rotate", "start", "--help"],
  ["encrypt", "enforce", "-h"],
])("%s explains and does nothing", async (words) => {
  await using world = await openWorld();
  const { code, out, err } = await world.run(...words);
  expect({ code, err }).toEqual({ code: 0, err: "" });
  expect(out).toMatch(/^Usage: pnpm postern/);
});

test("a column that was begun goes on without its options, and not with others", async () => {
  await using world = await openWorld();
  await fillPeople(world, 3);
  expect(await world.run("encrypt", ...PHONES)).toMatchObject({ code: 0 });
  const other = [...PHONES.slice(0, 6), "--normalise", "none"];
  expect((await world.run("encrypt", ...other)).err).toMatch(/was begun with other options/);
});

test("keys generate prints keys that are taken, each another, and touches no database", async () => {
  await using world = await openWorld();
  const { out } = await world.run("keys", "generate", "--json");
  const keys: Record<string, string> = JSON.parse(out);
  expect(Object.values(keys).every((key) => /^[0-9a-f]{64}$/.test(key))).toBe(true);
  expect(new Set(Object.values(keys)).size).toBe(3);
  const environment = { ...world.environment, ...keys };
  Object.assign(world.environment, environment);
  expect(await world.run("keys", "status")).toMatchObject({ code: 0 });
  expect(await world.sql`select from postern_internal.key_fingerprints`).toEqual([]);
});
