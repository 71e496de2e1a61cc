import {
  bigint,
  bigserial,
  char,
  customType,
  integer,
  pgSchema,
  pgTable,
  serial,
  text,
  uuid,
  varchar,
} from "drizzle-orm/pg-core";
import { expect, test } from "vitest";
import { bindDefaultTables } from "../bind-default-tables.ts";
import { createSecuritySchema } from "../create.ts";
import { openDatabase } from "../testing/open-database.ts";
import type { UsersTable } from "../users-table.ts";
import { pushSecuritySchema } from "./index.ts";

const place = pgSchema("people");
const domain = customType<{ data: string }>({ dataType: () => "people.member_id" });
const ownType = customType<{ data: string }>({ dataType: () => "member_kind" });

/** Members whose id PostgreSQL makes as `sql`, in a schema of the app's own. */
const members = (id: UsersTable["id"] | object) =>
  place.table("members", { id } as never) as unknown as UsersTable;

const kinds = [
  { name: "uuid", sql: "uuid", type: "uuid", users: members(uuid("id").primaryKey()) },
  { name: "text", sql: "text", type: "text", users: members(text("id").primaryKey()) },
  {
    name: "a branded text",
    sql: "text",
    type: "text",
    users: members(text("id").$type<string & { brand: "member" }>().primaryKey()),
  },
  { name: "integer", sql: "integer", type: "integer", users: members(integer("id").primaryKey()) },
  { name: "serial", sql: "serial", type: "integer", users: members(serial("id").primaryKey()) },
  {
    name: "an identity",
    sql: "integer generated always as identity",
    type: "integer",
    users: members(integer("id").primaryKey().generatedAlwaysAsIdentity()),
  },
  {
    name: "bigint as a number",
    sql: "bigint",
    type: "bigint",
    users: members(bigint("id", { mode: "number" }).primaryKey()),
  },
  {
    name: "bigserial as a bigint",
    sql: "bigserial",
    type: "bigint",
    users: members(bigserial("id", { mode: "bigint" }).primaryKey()),
  },
  {
    name: "varchar",
    sql: "varchar(36)",
    type: "character varying(36)",
    users: members(varchar("id", { length: 36 }).primaryKey()),
  },
  {
    name: "char",
    sql: "char(26)",
    type: "character(26)",
    users: members(char("id", { length: 26 }).primaryKey()),
  },
  {
    name: "a domain of the app's",
    sql: "people.member_id",
    type: "people.member_id",
    users: members(domain("id").primaryKey()),
  },
  {
    name: "an enum of the app's, named without its schema",
    sql: "people.member_kind",
    type: "people.member_kind",
    users: members(ownType("id").primaryKey()),
  },
];

test.for(kinds)(
  "the tables hang from $name, and stay as they are",
  async ({ sql, type, users }) => {
    await using database = await openDatabase();
    await database.sql.unsafe(`
    create schema people;
    create domain people.member_id as text check (value <> '');
    create type people.member_kind as enum ('a', 'b');
    create table people.members (id ${sql} primary key)`);
    const wish = {
      databaseUrl: database.url,
      exports: { users, ...createSecuritySchema({ users, schema: "auth" }) },
      roles: null,
    };
    expect(await pushSecuritySchema(wish)).toMatchObject({ outcome: "applied", schema: "auth" });
    expect(await pushSecuritySchema(wish)).toMatchObject({ outcome: "nothing to do" });
    const [column] = await database.sql`select format_type(atttypid, atttypmod) as type
    from pg_attribute where attrelid = 'auth.api_keys'::regclass and attname = 'user_id'`;
    expect(column?.type).toBe(type);
  },
);

const people = pgTable("people", { id: integer("id").primaryKey() });

test("in public, beside the app's own, a subset grows and nothing of the app's is planned", async () => {
  await using database = await openDatabase();
  await database.sql`create table people (id integer primary key, note text)`;
  const { loginAttempts, securityEvents, userDevices } = createSecuritySchema({
    users: people,
    schema: "public",
  });
  const phases = [
    { loginAttempts },
    { loginAttempts, securityEvents, people },
    { loginAttempts, securityEvents, userDevices, people },
  ];
  for (const exports of phases) {
    const wish = { databaseUrl: database.url, exports, roles: null };
    const { outcome, steps } = await pushSecuritySchema(wish);
    expect(outcome).toBe("applied");
    expect(steps.filter(({ sql }) => /TABLE "public"\."people"/.test(sql))).toEqual([]);
    expect(await pushSecuritySchema(wish)).toMatchObject({ outcome: "nothing to do" });
  }
  const [table] = await database.sql`select count(*)::int as columns from information_schema.columns
    where table_name = 'people'`;
  expect(table?.columns).toBe(2);
});

test.for(["My Schema", 'a"b', "it's", "x USING y", "$user", "a\\b", "é".repeat(31)])(
  "%s is a schema like any other",
  async (schema) => {
    await using database = await openDatabase();
    await database.sql`create table people (id integer primary key)`;
    const { loginAttempts } = createSecuritySchema({ users: people, schema });
    const wish = { databaseUrl: database.url, exports: { loginAttempts } };
    expect(await pushSecuritySchema(wish)).toMatchObject({ outcome: "applied" });
    expect(await pushSecuritySchema(wish)).toMatchObject({ outcome: "nothing to do" });
  },
);

test.for([
  ["search_path", "shadow, pg_catalog"],
  ["search_path", ""],
  ["search_path", "pg_temp, no_such_schema"],
  ["standard_conforming_strings", "off"],
  ["quote_all_identifiers", "on"],
  ["default_transaction_isolation", "serializable"],
  ["statement_timeout", "200"],
  ["lock_timeout", "1"],
  ["transaction_timeout", "300"],
] as const)("a role's own %s = %s changes nothing", async ([name, value]) => {
  await using database = await openDatabase();
  await database.sql.unsafe(`
    create schema shadow;
    create function shadow.lower(text) returns text language sql immutable as 'select ''shadowed''';
    create function shadow.gen_random_uuid() returns uuid language sql as 'select null::uuid';
    create table shadow.pg_namespace (nspname name);
    create domain shadow.uuid as text`);
  const url = new URL(database.url);
  url.searchParams.set(name, value);
  const exports = bindDefaultTables("postern");
  const outcomes = [];
  for (const databaseUrl of [url.href, database.url, url.href]) {
    outcomes.push((await pushSecuritySchema({ databaseUrl, exports, roles: null })).outcome);
  }
  expect(outcomes).toEqual(["applied", "nothing to do", "nothing to do"]);
});
