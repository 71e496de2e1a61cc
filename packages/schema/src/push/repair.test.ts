import { expect, test } from "vitest";
import { bindDefaultTables } from "../default-binding.ts";
import { openDatabase } from "../testing/open-database.ts";
import { pushSecuritySchema } from "./index.ts";

const tables = bindDefaultTables("postern");

const damages = [
  { name: "a column dropped by hand", damage: "alter table postern.users drop column name" },
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
  { name: "a shorter column", damage: "alter table postern.users alter name type varchar(20)" },
  {
    name: "an identity dropped by hand",
    damage: "alter table postern.login_attempts alter id drop identity",
  },
];

test.for(damages)("$name is repaired", async ({ damage }) => {
  await using database = await openDatabase("template");
  await database.sql.unsafe(damage);
  const wish = { databaseUrl: database.url, tables };
  expect(await pushSecuritySchema(wish)).toMatchObject({ outcome: "applied" });
  expect(await pushSecuritySchema(wish)).toMatchObject({ outcome: "nothing to do" });
});

test("a repair that the rows contradict is undone whole, and says which rule", async () => {
  await using database = await openDatabase("template");
  await database.sql.unsafe(`
    alter table postern.users drop constraint users_role_is_known;
    drop index postern.users_locked;
    insert into postern.users (email, role) values ('a@example.com', 'root')`);
  const wish = { databaseUrl: database.url, tables };
  await expect(pushSecuritySchema(wish)).rejects.toMatchObject({
    name: "PushError",
    message: expect.stringMatching(/23514.*users_role_is_known.*Nothing was done/),
  });
  const [index] = await database.sql`select to_regclass('postern.users_locked') as name`;
  expect(index?.name).toBeNull();
});
