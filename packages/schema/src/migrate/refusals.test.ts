import { integer, pgTable, text, timestamp, varchar } from "drizzle-orm/pg-core";
import { expect, test } from "vitest";
import { createSecuritySchema } from "../create.ts";
import { openDatabase } from "../testing/open-database.ts";
import { migrateSecuritySchema } from "./migrate-security-schema.ts";
import { openAccounts } from "./testing/open-accounts.ts";
import { ownUsersMigrations } from "./testing/own-users-migrations.ts";
import { readCatalogue } from "./testing/read-catalogue.ts";

test.for([
  { column: "failed_login_attempts text", is: "text", part: "failedLoginAttempts" },
  { column: "last_login_ip text", is: "text", part: "lastLoginIp" },
  { column: "last_login_at date", is: "date", part: "lastLoginAt" },
  { column: "phone_number_index bytea", is: "bytea", part: "phoneNumberIndex" },
])(
  "a column that stands as $column is refused before anything is done, with the way out",
  async ({ column, is, part }) => {
    await using database = await openAccounts();
    await database.sql.unsafe(`alter table accounts add ${column}`);
    const before = await readCatalogue(database.sql);
    const [name] = column.split(" ");
    await expect(database.migrate()).rejects.toThrow(
      `public.accounts.${name} stands already and is ${is}, which is no ${name}. Nothing was done. Rename it, or name another column for ours: createSecuritySchema({ users, columns: { ${part}: … } }).`,
    );
    const tables = (await readCatalogue(database.sql)).filter(({ kind }) => kind !== "schema");
    expect(tables).toEqual(before.filter(({ kind }) => kind !== "schema"));
    await database.sql.unsafe(`alter table accounts rename ${name} to before_postern`);
    expect((await database.migrate()).done).toHaveLength(ownUsersMigrations);
  },
);

test("the other way out: another column is named, and made under that name", async () => {
  await using database = await openDatabase();
  await database.sql`create table people (id integer primary key, failed_login_attempts text)`;
  const people = pgTable("people", {
    id: integer("id").primaryKey(),
    failedLoginAttempts: text("failed_login_attempts"),
    failures: integer("failures").notNull().default(0),
  });
  const exports = createSecuritySchema({
    users: people,
    columns: { failedLoginAttempts: people.failures },
  });
  await migrateSecuritySchema({ databaseUrl: database.url, exports, roles: null });
  await database.sql`insert into people (id) values (1)`;
  expect([...(await database.sql`select failures from people`)]).toEqual([{ failures: 0 }]);
});

test("columns that stand in a kindred type are taken as they are", async () => {
  await using database = await openDatabase();
  await database.sql`create table people (id integer primary key, last_login_at timestamp,
    failed_login_attempts smallint, phone_number_hint text)`;
  const people = pgTable("people", {
    id: integer("id").primaryKey(),
    lastLoginAt: timestamp("last_login_at"),
    phoneNumberHint: varchar("phone_number_hint"),
  });
  const place = { databaseUrl: database.url, exports: createSecuritySchema({ users: people }) };
  await migrateSecuritySchema({ ...place, roles: null });
  await migrateSecuritySchema({ ...place, roles: null, backTo: "019" });
  await database.sql`insert into people values (1, now(), 3, 'x')`;
});

/** A role of this test's own: roles belong to the whole server. */
async function openClerk(grants: (role: string, database: string) => string) {
  const { migrate, ...database } = await openAccounts();
  const role = `clerk_${database.name.slice(-12)}`;
  await database.sql.unsafe(`create role ${role} login password 'clerk'`);
  await database.sql.unsafe(grants(role, database.name));
  const url = new URL(database.url);
  url.username = role;
  url.password = "clerk";
  return {
    ...database,
    role,
    migrate,
    migrateAsClerk: (wish = {}) =>
      migrateSecuritySchema({ ...database.place, databaseUrl: url.href, roles: null, ...wish }),
    [Symbol.asyncDispose]: async () => {
      await database.sql.unsafe(`reassign owned by ${role} to current_user; drop owned by ${role}`);
      await database.sql.unsafe(`drop role ${role}`);
      await database[Symbol.asyncDispose]();
    },
  };
}

test("a role that may not make a schema is told what to grant, and nothing is done", async () => {
  await using database = await openClerk(() => "select 1");
  const before = await readCatalogue(database.sql);
  await expect(database.migrateAsClerk()).rejects.toThrow(
    `permission denied for database ${database.name}. Nothing was done. To allow it, run as its owner: GRANT CREATE ON DATABASE "${database.name}" TO "${database.role}";`,
  );
  expect(await readCatalogue(database.sql)).toEqual(before);
});

test("a role that does not own the users table is told so first; with the grant it goes through", async () => {
  await using database = await openClerk(
    (role, name) => `grant create on database ${name} to ${role}`,
  );
  await database.sql`alter table accounts owner to pg_database_owner`;
  await expect(database.migrateAsClerk()).rejects.toThrow(
    `The role ${database.role} may not alter public.accounts: its owner is pg_database_owner. Nothing was done. Connect as pg_database_owner, or allow it: `,
  );
  await database.sql.unsafe(`alter table accounts owner to ${database.role}`);
  await expect(database.migrateAsClerk()).rejects.toThrow(
    `may not make an index in the schema public. Nothing was done. To allow it, run as its owner: GRANT CREATE ON SCHEMA "public" TO "${database.role}";`,
  );
  await database.sql.unsafe(`grant create on schema public to ${database.role}`);
  expect((await database.migrateAsClerk()).done).toHaveLength(ownUsersMigrations);
});

test("the tables alone need REFERENCES and no owner; a later lack is a line that says what stays", async () => {
  await using database = await openClerk(
    (role, name) =>
      `grant create on database ${name} to ${role}; grant references on accounts to ${role}`,
  );
  expect((await database.migrateAsClerk({ to: "019" })).done).toHaveLength(18);
  await database.sql`revoke references on accounts from public`;
  await database.migrate({ to: "025" });
  await expect(database.migrateAsClerk()).rejects.toThrow(
    /^026_create_security_views: this role lacks a privilege: .*Nothing of it was done, what ran before stays; run it again as the owner of public.accounts and of auth\.$/,
  );
  expect((await database.migrate()).done[0]).toMatchObject({ how: "ran" });
});

test("a name that is taken is a line, and the next run goes on once it is free", async () => {
  await using database = await openAccounts();
  await database.sql`create table accounts_locked (n integer)`;
  await expect(database.migrate()).rejects.toThrow(
    /^025b_index_locked_accounts: PostgreSQL refused \(42P07\): relation "accounts_locked" already exists\. Nothing of it was done, what ran before stays; run it again when that is put right\.$/,
  );
  await database.sql`drop table accounts_locked`;
  const { done } = await database.migrate();
  expect(done[0]).toMatchObject({ version: "025b_index_locked_accounts", how: "ran" });
});

test("rows that break a rule are named by the rule, which new rows keep; the next run goes on", async () => {
  await using database = await openAccounts();
  await database.sql`alter table accounts add session_count integer default 0`;
  await database.sql`update accounts set session_count = -1 where account_no = 2`;
  await expect(database.migrate()).rejects.toThrow(
    /^025a_validate_constraints: .*"accounts_counts_are_not_negative" of relation "accounts" is violated by some row/,
  );
  await database.sql`update accounts set session_count = 0 where account_no = 2`;
  expect((await database.migrate()).done[0]).toMatchObject({
    version: "025a_validate_constraints",
  });
});
