import type { Sql } from "postgres";
import { expect, test } from "vitest";
import { bindDefaultTables } from "../bind-default-tables.ts";
import { readForeign } from "../testing/catalogue.ts";
import { openDatabase } from "../testing/open-database.ts";
import { push } from "../testing/push-command.ts";
import { pushSecuritySchema } from "./index.ts";

const tables = bindDefaultTables("postern");

/** An app of sixty tables in two schemas, with one of everything that PostgreSQL has. */
async function buildForeignApp(sql: Sql): Promise<void> {
  await sql.unsafe(`
    create schema shop;
    create type public.mood as enum ('sad', 'ok');
    create type shop.size as enum ('s', 'm', 'l');
    create sequence public.ticket start 7;
    create sequence shop.invoice;
    select nextval('public.ticket'), nextval('shop.invoice');
    create function public.touch() returns trigger language plpgsql as 'begin return new; end';`);
  for (let n = 0; n < 60; n += 1) {
    const table = `${n % 2 ? "public" : "shop"}.thing_${n}`;
    await sql.unsafe(`
      create table ${table} (id serial primary key, name text unique, mood public.mood default 'ok',
        size shop.size, amount numeric check (amount > 0));
      create index on ${table} (amount) where name is not null;
      insert into ${table} (name, amount) select 'row ' || i, i from generate_series(1, 20) i;
      create trigger touch before update on ${table} for each row execute function public.touch();`);
  }
  await sql.unsafe(`
    create table public.users (id int primary key, email text);
    insert into public.users values (1, 'someone');
    alter table public.thing_1 enable row level security;
    create policy mine on public.thing_1 using (name = current_user);
    create view public.happy as select * from public.thing_3 where mood = 'ok';
    create materialized view shop.totals as select sum(amount) from shop.thing_2;`);
}

test("an app's sixty tables, and all else of it, are the same before and after", async () => {
  await using database = await openDatabase();
  await buildForeignApp(database.sql);
  const before = await readForeign(database.sql);
  expect(before.rows).toHaveLength(61);

  expect(await push(database.url, "--accept-data-loss")).toMatchObject({ code: 0, stderr: "" });
  expect(await readForeign(database.sql)).toEqual(before);
  const again = await pushSecuritySchema({ databaseUrl: database.url, exports: tables });
  expect(again.outcome).toBe("nothing to do");
  expect(await readForeign(database.sql)).toEqual(before);
});

test("what somebody put into our schema or hung on our tables stays", async () => {
  await using database = await openDatabase("template");
  await database.sql.unsafe(`
    create table postern.foreign_notes (id int primary key, user_id uuid references postern.users);
    insert into postern.foreign_notes values (1);
    create view postern.foreign_view as select id from postern.users;
    create type postern.foreign_enum as enum ('a');
    create sequence postern.foreign_sequence;
    alter table postern.users add column foreign_column text;
    alter table postern.users add constraint foreign_check check (foreign_column <> '');
    create index foreign_index on postern.users (foreign_column);
    drop index postern.users_locked`);
  const before = await readForeign(database.sql);

  const result = await pushSecuritySchema({
    databaseUrl: database.url,
    exports: tables,
    acceptDataLoss: true,
  });
  expect(result.steps.map(({ sql }) => sql)).toEqual([
    expect.stringMatching(/^CREATE INDEX "users_locked"/),
  ]);
  expect(await readForeign(database.sql)).toEqual(before);
  const [column] = await database.sql`select from information_schema.columns
    where table_schema = 'postern' and column_name = 'foreign_column'`;
  expect(column).toBeDefined();
});

test("an app's own users table where ours would go is refused and not touched", async () => {
  await using database = await openDatabase();
  await database.sql`create table public.users (id uuid primary key, email text)`;
  const before = await readForeign(database.sql);
  const wish = {
    databaseUrl: database.url,
    exports: bindDefaultTables("public"),
    acceptDataLoss: true,
  };
  await expect(pushSecuritySchema(wish)).rejects.toThrow("public.users is not ours: it lacks");
  expect(await readForeign(database.sql)).toEqual(before);
});

test("an app's own tables with all our columns, and even our types, are refused and not touched", async () => {
  await using database = await openDatabase();
  await database.sql.unsafe(`
    create table public.revocations (session_id uuid, revoked_at timestamptz, reason text);
    insert into public.revocations values (gen_random_uuid(), now(), 'the app says so');
    create table public.password_history (id uuid primary key, user_id uuid, password_hash text,
      created_at timestamptz);`);
  const before = await readForeign(database.sql);
  const wish = {
    databaseUrl: database.url,
    exports: bindDefaultTables("public"),
    acceptDataLoss: true,
  };
  const refusal =
    /public\.password_history is not ours: .* public\.revocations is not ours: .*reason besides/;
  await expect(pushSecuritySchema(wish)).rejects.toThrow(refusal);
  expect(await readForeign(database.sql)).toEqual(before);
});

test("a table that took the name of one that we made is not ours", async () => {
  await using database = await openDatabase();
  const exports = bindDefaultTables("public");
  const wish = { databaseUrl: database.url, exports, acceptDataLoss: true };
  await pushSecuritySchema(wish);
  await database.sql.unsafe(`
    drop table public.revocations;
    create table public.revocations (session_id uuid, customer text);
    insert into public.revocations values (gen_random_uuid(), 'somebody')`);
  const before = await readForeign(database.sql);
  await expect(pushSecuritySchema(wish)).rejects.toThrow(
    "public.revocations is not ours: it lacks",
  );
  expect(await readForeign(database.sql)).toEqual(before);
  const { revocations: _, ...others } = exports;
  expect(await pushSecuritySchema({ ...wish, exports: others })).toMatchObject({
    steps: expect.not.arrayContaining([expect.objectContaining({ effect: "loses" })]),
  });
  expect(await database.sql`select customer from public.revocations`).toHaveLength(1);
});

test.for([
  ["one more column", "alter table public.revocations add column reason text"],
  ["no name of ours on it", "drop index public.revocations_by_time"],
  ["a column that may be null", "alter table public.revocations alter revoked_at drop not null"],
] as const)("an unrecorded table with %s is not ours", async ([, change]) => {
  await using database = await openDatabase();
  const wish = { databaseUrl: database.url, exports: bindDefaultTables("public") };
  await pushSecuritySchema(wish);
  await database.sql.unsafe(`drop schema postern_internal cascade; ${change}`);
  await expect(pushSecuritySchema(wish)).rejects.toThrow("public.revocations is not ours");
});

test("tables that came from a dump, without our records, are taken for ours", async () => {
  await using database = await openDatabase("template");
  await database.sql`drop schema postern_internal cascade`;
  await database.sql`alter table postern.users drop constraint users_role_is_known`;
  const wish = { databaseUrl: database.url, exports: tables };
  expect(await pushSecuritySchema(wish)).toMatchObject({ outcome: "applied" });
  expect(await pushSecuritySchema(wish)).toMatchObject({ outcome: "nothing to do" });
});
