import { expect, test } from "vitest";
import { bindDefaultTables } from "../bind-default-tables.ts";
import { openDatabase } from "../testing/open-database.ts";
import { pushSecuritySchema } from "./index.ts";

const tables = bindDefaultTables("postern");

const damages = [
  {
    name: "a column dropped by hand",
    damage: "alter table postern.users drop column name cascade",
  },
  { name: "a table dropped by hand", damage: "drop table postern.revocations" },
  {
    name: "a CHECK dropped by hand",
    damage: "alter table postern.users drop constraint users_role_is_known",
  },
  {
    name: "a CHECK that says something else",
    damage: `alter table postern.users drop constraint users_role_is_known,
      add constraint users_role_is_known check (role in ('user', 'admin', 'root'))`,
  },
  {
    name: "a CHECK that was never validated",
    damage: `alter table postern.users drop constraint users_role_is_known,
      add constraint users_role_is_known check (role in ('user', 'admin')) not valid`,
  },
  {
    name: "an index whose predicate says something else",
    damage: `drop index postern.users_locked; create index users_locked
      on postern.users (account_locked_until) where account_locked_until > '2000-01-01'`,
  },
  {
    name: "a unique index that is not unique any more",
    damage:
      "drop index postern.users_email_key; create index users_email_key on postern.users (email)",
  },
  {
    name: "a foreign key with another action",
    damage: `alter table postern.api_keys drop constraint api_keys_user_fk, add constraint
      api_keys_user_fk foreign key (user_id) references postern.users on delete set null`,
  },
  {
    name: "a foreign key that was never validated",
    damage: `alter table postern.api_keys drop constraint api_keys_user_fk, add constraint
      api_keys_user_fk foreign key (user_id) references postern.users on delete cascade not valid`,
  },
  {
    name: "a foreign key that was put off to the end of the transaction",
    damage: `alter table postern.api_keys alter constraint api_keys_user_fk
      deferrable initially deferred`,
  },
  {
    name: "an index that was left invalid",
    damage: `update pg_index set indisvalid = false
      where indexrelid = 'postern.users_locked'::regclass`,
  },
  {
    name: "a foreign key dropped by hand",
    damage: "alter table postern.api_keys drop constraint api_keys_user_fk",
  },
  {
    name: "a primary key dropped by hand",
    damage: "alter table postern.revocations drop constraint revocations_pkey",
  },
  {
    name: "a NOT NULL dropped by hand",
    damage: "alter table postern.users alter email drop not null",
  },
  { name: "a NOT NULL set by hand", damage: "alter table postern.users alter name set not null" },
  {
    name: "a default dropped by hand",
    damage: "alter table postern.users alter role drop default",
  },
  { name: "another default", damage: "alter table postern.users alter role set default 'admin'" },
  { name: "a default set by hand", damage: "alter table postern.users alter name set default 'x'" },
  { name: "a shorter column", damage: "alter table postern.api_keys alter name type varchar(20)" },
  {
    name: "an identity dropped by hand",
    damage: "alter table postern.login_attempts alter id drop identity",
  },
];

test.for(damages)("$name is repaired", async ({ damage }) => {
  await using database = await openDatabase("template");
  await database.sql.unsafe(damage);
  const wish = { databaseUrl: database.url, exports: tables };
  expect(await pushSecuritySchema(wish)).toMatchObject({ outcome: "applied" });
  expect(await pushSecuritySchema(wish)).toMatchObject({ outcome: "nothing to do" });
});

test("a column that our own views and triggers read is retyped, and they are made again", async () => {
  await using database = await openDatabase("template");
  await database.sql.unsafe(`
    create temporary table kept as select relname, pg_get_viewdef(oid) as body from pg_class
      where relnamespace = 'postern'::regnamespace and relkind = 'v';
    do $$ declare view record; begin
      for view in table kept loop execute format('drop view postern.%I', view.relname); end loop;
      alter table postern.users alter name type varchar(20);
      for view in table kept loop
        execute format('create view postern.%I with (security_barrier) as %s', view.relname, view.body);
      end loop;
    end $$`);
  const wish = { databaseUrl: database.url, exports: tables };
  const { steps } = await pushSecuritySchema(wish);
  const words = steps.map(({ sql }) => sql.split("\n")[0]);
  expect(words).toContain("DROP VIEW postern.users_public;");
  expect(words).toContain(
    'ALTER TABLE "postern"."users" ALTER COLUMN "name" SET DATA TYPE character varying(200);',
  );
  expect(await pushSecuritySchema(wish)).toMatchObject({ outcome: "nothing to do" });
});

test("a repair that the rows contradict is undone whole, and says which rule", async () => {
  await using database = await openDatabase("template");
  await database.sql.unsafe(`
    alter table postern.users drop constraint users_role_is_known;
    drop index postern.users_locked;
    insert into postern.users (email, role) values ('a@example.com', 'root')`);
  const wish = { databaseUrl: database.url, exports: tables };
  await expect(pushSecuritySchema(wish)).rejects.toMatchObject({
    name: "PushError",
    message: expect.stringMatching(/23514.*users_role_is_known.*Nothing was done/),
  });
  const [index] = await database.sql`select to_regclass('postern.users_locked') as name`;
  expect(index?.name).toBeNull();
});
