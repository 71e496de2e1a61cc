import { pgTable, uuid } from "drizzle-orm/pg-core";
import type { Sql } from "postgres";
import { expect, test } from "vitest";
import { createSecuritySchema } from "../create.ts";
import { loginAttempts } from "../tables/login-attempts.ts";
import { openDatabase, type TestDatabase } from "../testing/open-database.ts";
import { pushSecuritySchema } from "./index.ts";

const people = pgTable("people", { id: uuid("id").primaryKey() });
const exports = createSecuritySchema({ users: people, schema: "public" });

async function openApp(): Promise<TestDatabase> {
  const database = await openDatabase();
  await database.sql`create table people (id uuid primary key)`;
  return database;
}

const push = ({ url }: TestDatabase) =>
  pushSecuritySchema({ databaseUrl: url, exports, roles: null, acceptDataLoss: true });

const countObjects = async (sql: Sql) =>
  (
    await sql`select from pg_class where relnamespace in ('public'::regnamespace,
    to_regnamespace('postern_internal'))`
  ).length;

test.for(["empty", "filled"])(
  "an app's own login_attempts, %s, is one refusal that names the columns",
  async (state) => {
    await using database = await openApp();
    await database.sql`create table login_attempts (id bigint generated always as identity primary key,
      user_id integer, email text not null, created_at timestamptz not null default now())`;
    if (state === "filled") await database.sql`insert into login_attempts (email) values ('a@b.c')`;
    const before = await countObjects(database.sql);
    await expect(push(database)).rejects.toThrow(
      'public.login_attempts is not ours: it lacks identifier_hint, identifier_index, ip_address, user_agent, attempt_result, failure_reason and 1 more, user_id is integer and not uuid, it has email besides. Nothing was done. Rename it (ALTER TABLE "public"."login_attempts" RENAME TO "old_login_attempts";), or bind ours to another schema: createSecuritySchema({ schema }). If it is ours from a dump, restore postern_internal with it.',
    );
    expect(await countObjects(database.sql)).toBe(before);
  },
);

test("a view of one of our names is refused as what it is", async () => {
  await using database = await openApp();
  await database.sql`create view revocations as select 1 as session_id`;
  await expect(push(database)).rejects.toThrow("public.revocations is not ours: it is a view.");
});

test.for([
  {
    name: "an index of a table that was renamed",
    make: `create table login_attempts (id integer primary key);
      alter table login_attempts rename to old_login_attempts`,
    taken:
      'The name public.login_attempts_pkey is taken by an index of public.old_login_attempts. Nothing was done. Rename it: ALTER INDEX "public"."login_attempts_pkey" RENAME TO "old_login_attempts_pkey";',
    free: "alter index login_attempts_pkey rename to old_login_attempts_pkey",
  },
  {
    name: "a domain, since a table is a type too",
    make: "create domain login_attempts as text",
    taken:
      'The name public.login_attempts is taken by a domain. Nothing was done. Rename it: ALTER DOMAIN "public"."login_attempts" RENAME TO "old_login_attempts";',
    free: "alter domain login_attempts rename to old_login_attempts",
  },
])("one of our names that is held by $name is refused until it is free", async (app) => {
  await using database = await openApp();
  await database.sql.unsafe(app.make);
  await expect(push(database)).rejects.toThrow(app.taken);
  await database.sql.unsafe(app.free);
  expect(await push(database)).toMatchObject({ outcome: "applied" });
});

test("a users table that is not there, or has another type of id", async () => {
  await using database = await openDatabase();
  await expect(push(database)).rejects.toThrow(
    "The table public.people, which login_attempts hangs from, does not exist.",
  );
  await database.sql`create table people (id bigint primary key)`;
  await expect(push(database)).rejects.toThrow(
    "public.people.id is bigint in the database and uuid in your Drizzle table.",
  );
  const wish = { databaseUrl: database.url, exports: { loginAttempts } };
  await expect(pushSecuritySchema(wish)).rejects.toThrow("Export posternUsers too");
});

test("exports without a table of ours are refused", async () => {
  const wish = { databaseUrl: "postgres://a/b", exports: { people } };
  await expect(pushSecuritySchema(wish)).rejects.toMatchObject({
    name: "PushError",
    message: expect.stringContaining("It exports none of our tables"),
  });
});

test("a users table whose id is no key is told what it lacks", async () => {
  await using database = await openDatabase();
  await database.sql`create table people (id uuid not null)`;
  await expect(push(database)).rejects.toThrow(/42830.* Give the id of your users table a primary/);
});

test.for(["postern_internal", "pg_catalog", "information_schema"])(
  "%s is no schema for the tables",
  async (schema) => {
    const wish = {
      databaseUrl: "postgres://a/b",
      exports: createSecuritySchema({ users: people, schema }),
    };
    await expect(pushSecuritySchema(wish)).rejects.toThrow(
      `The PostgreSQL schema ${schema} is reserved.`,
    );
  },
);
