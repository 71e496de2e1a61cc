import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { databaseRoles, matrix, verbsOf } from "./grants.ts";
import { planRoles } from "./roles.ts";
import { dropRolesAfter, mount, openMounted, planOf } from "./testing/mount.ts";
import { matrixPrivileges, readPrivileges } from "./testing/read-privileges.ts";

test("for every role, object and verb the catalogue says what the matrix says", async () => {
  await using database = await openMounted();
  expect(await readPrivileges(database.sql)).toEqual(matrixPrivileges);
});

test.for([
  "delete from postern.security_events",
  "update postern.security_events set severity = 'low'",
  "update postern.login_attempts set user_id = null",
  "truncate postern.session_audits",
  "select id from postern.users_admin",
  "select id from postern.users_authenticated",
  "select id from postern.users_public",
  "select * from postern.check_encryption_migration_status()",
  "select postern.retention_step('security_events', '400 days')",
  "select set_config('postern.append_only', 'off', true); delete from postern.security_events",
  "create table postern.mine (id int)",
  "create table public.mine (id int)",
  "create function postern.mine() returns int language sql as 'select 1'",
  "alter table postern.users add mine int",
  "alter table postern.security_events disable trigger all",
  "drop trigger postern_append_only on postern.security_events",
  "drop view postern.users_admin",
  "create or replace view postern.users_public as select 1",
  "set session_replication_role = replica",
  "select * from postern_internal.repeatable_objects",
])("the services' role may not: %s", async (statement) => {
  await using database = await openMounted();
  const attempt = database.sql.begin(async (tx) => {
    await tx`set local role postern_app`;
    await tx.unsafe(statement);
  });
  await expect(attempt).rejects.toMatchObject({ code: expect.stringMatching(/^(42501|2BP01)$/) });
});

test("what the services' role does every day it may do, triggers included", async () => {
  await using database = await openMounted();
  await database.sql.begin(async (tx) => {
    await tx`set local role postern_app`;
    await tx`insert into postern.users (email, password_hash) values ('a@example.com', '$2b$10$a')`;
    await tx`update postern.users set password_hash = '$argon2id$b', last_login_at = now()`;
    await tx`insert into postern.security_events (event_type) values ('otp_sent')`;
    await tx`select * from postern.user_security_status`;
    await tx`select * from postern.user_activity_log`;
    await tx`select * from postern.deployment_metrics`;
  });
  expect(await database.sql`select from postern.password_history`).toHaveLength(1);
});

test("with a prefix of their own the roles are others", async () => {
  await using database = await openMounted();
  const roles = { prefix: `${database.name}_` };
  await using _roles = dropRolesAfter(database, roles.prefix);
  await mount(database.sql, undefined, { roles });
  expect(await planOf(database.sql, undefined, { roles })).toEqual([]);
  expect(await readPrivileges(database.sql, roles.prefix)).toEqual(matrixPrivileges);
});

test("without roles nothing is granted, and PUBLIC may do nothing all the same", async () => {
  await using database = await openMounted();
  await database.sql`grant select on postern.users to public`;
  expect(await planOf(database.sql, undefined, { roles: null })).toEqual([
    'revoke SELECT on table "postern"."users" from public',
  ]);
});

test("where roles cannot be created the rest is made, and said so", async () => {
  await using database = await openMounted();
  const { sql, name } = database;
  const maker = `maker_${name}`;
  await using _maker = dropRolesAfter(database, maker);
  await sql.unsafe(`create role ${maker} nologin; grant create on database ${name} to ${maker}`);
  const { steps, notes } = await sql.begin(async (tx) => {
    await tx.unsafe(`set local role ${maker}`);
    return planRoles(tx, { prefix: `${name}_` });
  });
  expect(steps).toEqual([]);
  expect(notes[0]).toContain(`${maker} may not create roles, so nothing is granted to`);
});

test("docs/roles.md shows the matrix as it is", () => {
  const page = readFileSync(new URL("../../../../docs/roles.md", import.meta.url), "utf8");
  const rows = matrix.map(([object]) => {
    const cells = databaseRoles.map(
      (role) => verbsOf(role, object).join(", ").toLowerCase() || "–",
    );
    return `| \`${object}\` | ${cells.join(" | ")} |`;
  });
  expect(page).toContain(rows.join("\n"));
});
