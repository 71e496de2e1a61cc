import { expect, test } from "vitest";
import { bindDefaultTables } from "../bind-default-tables.ts";
import { pushSecuritySchema } from "../push/push-security-schema.ts";
import { openDatabase } from "../testing/open-database.ts";
import { dropRolesAfter, mount, openMounted, planOf } from "./testing/mount.ts";
import { matrixPrivileges, readPrivileges } from "./testing/read-privileges.ts";

/** `%` stands for the roles' prefix. What is said of roles is so in the whole server. */
const byHand = [
  "grant delete on postern.session_audits to %app",
  "grant select on postern.users to %app with grant option",
  "grant select on postern.users_admin to %admin with grant option; set local role %admin; grant select on postern.users_admin to %app",
  "grant update (severity) on postern.security_events to %app",
  "grant select (email) on postern.users to %public",
  "grant update on sequence postern.login_attempts_id_seq to %app",
  "grant create on schema postern to %app",
  "grant usage on schema postern_internal to %admin",
  "grant update on postern_internal.repeatable_objects to %app",
  "grant execute on function postern.retention_step to %app",
  "grant select on postern.users to public",
  "grant execute on function postern.check_encryption_migration_status to public",
  "grant select on all tables in schema postern to public",
  "grant %admin to %app",
  "grant %retention to %app with admin option",
  "grant pg_read_all_data to %public",
  "alter role %app superuser",
  "alter role %app createrole bypassrls",
  "do $$ begin execute format('grant create on database %I to %app', current_database()); end $$",
  "revoke insert on postern.security_events from %app",
];

test.for(byHand)("by hand, this is seen, and undone by the next push: %s", async (statement) => {
  await using database = await openMounted();
  const prefix = `${database.name}_`;
  const options = { roles: { prefix } };
  await using _roles = dropRolesAfter(database, prefix);
  await mount(database.sql, undefined, options);
  expect(await readPrivileges(database.sql, prefix)).toEqual(matrixPrivileges);

  const hand = statement.replace(/%(?=[a-z])/g, prefix);
  await database.sql.begin((tx) => tx.unsafe(hand));
  expect(await readPrivileges(database.sql, prefix)).not.toEqual(matrixPrivileges);
  expect(await planOf(database.sql, undefined, options)).not.toEqual([]);

  await mount(database.sql, undefined, options);
  expect(await readPrivileges(database.sql, prefix)).toEqual(matrixPrivileges);
  expect(await planOf(database.sql, undefined, options)).toEqual([]);
});

test.for([
  "grant select on tables to public",
  "grant execute on functions to postern_app",
  "grant usage on sequences to public",
  "grant usage on schemas to public",
])("what a default gives to new objects is not left to them: %s", async (given) => {
  await using database = await openDatabase("empty");
  const { sql, url } = database;
  await sql.unsafe(`alter default privileges ${given}`);
  const exports = bindDefaultTables("postern");
  const { outcome } = await pushSecuritySchema({ databaseUrl: url, exports });
  expect(outcome).toBe("applied");
  const standing = (await readPrivileges(sql)).filter((it) => !it.endsWith("all that is to come"));
  expect(standing).toEqual(matrixPrivileges);
});

test("nor what a default in our schema gives to a view that is made again", async () => {
  await using database = await openMounted();
  const { sql } = database;
  await sql.unsafe(`alter default privileges in schema postern grant all on tables to postern_public;
    drop view postern.users_admin`);
  await mount(sql);
  expect(await planOf(sql)).toEqual([]);
  expect(await readPrivileges(sql)).not.toContain("public SELECT users_admin");
});

test("what somebody else granted is told of, since nobody else can take it back", async () => {
  await using database = await openMounted();
  const { sql, name } = database;
  await using _role = dropRolesAfter(database, name);
  await sql.unsafe(`create role ${name} nologin; grant usage on schema postern to ${name};
    grant select on postern.users to ${name} with grant option;
    set role ${name}; grant select on postern.users to postern_public; reset role`);
  expect(await readPrivileges(sql)).toContain("public SELECT users");
  const { steps, notes } = await mount(sql);
  expect(steps).toEqual([]);
  expect(notes).toContain(
    `postern_public may SELECT on table "postern"."users" by a grant of ${name}, which only ${name} can take back.`,
  );
});

test("leave for everybody to create is told of, since the schema may be the app's", async () => {
  await using database = await openMounted();
  await database.sql`grant create on schema postern to public`;
  expect(await readPrivileges(database.sql)).toContain("app CREATE schema");
  const { notes } = await mount(database.sql);
  expect(notes.join()).toContain('revoke create on schema "postern" from public');
});
