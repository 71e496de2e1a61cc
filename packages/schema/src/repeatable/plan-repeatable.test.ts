import { expect, test } from "vitest";
import { readForeign } from "../testing/catalogue.ts";
import { openDatabase } from "../testing/open-database.ts";
import { renderRepeatable } from "./render-repeatable.ts";
import { defaultTarget, mount, openMounted, planOf } from "./testing/mount.ts";

const roles = { prefix: "postern_" };

test("after everything is made there is nothing to do", async () => {
  await using database = await openMounted();
  expect(await planOf(database.sql)).toEqual([]);
  const { steps } = await mount(database.sql);
  expect(steps).toEqual([]);
});

test.for([
  {
    name: "a view's body",
    sql: `create or replace view postern.users_public with (security_barrier) as
      select id, email::text as name, user_type::text, created_at from postern.users`,
  },
  { name: "a view's barrier", sql: "alter view postern.users_admin reset (security_barrier)" },
  { name: "a view that is gone", sql: "drop view postern.deployment_metrics" },
  {
    name: "a function's body",
    sql: `create or replace function postern.refuse_rewriting() returns trigger language plpgsql
      as 'begin return new; end'`,
  },
  {
    name: "a function's rights",
    sql: "alter function postern.note_password_change() security definer",
  },
  { name: "a trigger that is off", sql: "alter table postern.users disable trigger all" },
  {
    name: "a trigger that is gone",
    sql: "drop trigger postern_append_only on postern.security_events",
  },
  {
    name: "a trigger on another event",
    sql: `create or replace trigger postern_append_only before truncate on postern.security_events
      for each statement execute function postern.refuse_rewriting()`,
  },
  { name: "a grant too many", sql: "grant delete on postern.security_events to postern_app" },
  { name: "a grant too few", sql: "revoke insert on postern.users from postern_app" },
  {
    name: "a grant of one column",
    sql: "grant update (metadata) on postern.security_events to postern_app",
  },
  {
    name: "a grant of a sequence",
    sql: "grant update on sequence postern.login_attempts_id_seq to postern_app",
  },
  { name: "a grant to everybody", sql: "grant select on postern.users to public" },
  {
    name: "a function for everybody",
    sql: "grant execute on function postern.retention_step to public",
  },
  { name: "leave to create", sql: "grant create on schema postern to postern_app" },
])("$name, changed by hand, is put back", async ({ sql }) => {
  await using database = await openMounted();
  await database.sql.unsafe(sql);
  expect(await planOf(database.sql)).not.toEqual([]);
  await mount(database.sql);
  expect(await planOf(database.sql)).toEqual([]);
});

test("a view whose columns were changed by hand is made again, with its grants", async () => {
  await using database = await openMounted();
  await database.sql.unsafe(`drop view postern.users_public;
    create view postern.users_public as select id, 1 as more from postern.users`);
  const steps = await planOf(database.sql);
  expect(steps[0]).toBe('drop view "postern".users_public');
  await mount(database.sql);
  expect(await planOf(database.sql)).toEqual([]);
});

test("what somebody else made under one of our names is refused, and stays", async () => {
  await using database = await openDatabase("template");
  await database.sql.unsafe(`drop view if exists postern.users_public;
    do $$ begin delete from postern_internal.repeatable_objects;
      exception when undefined_table then null; end $$;
    create view postern.users_public as select 1 as one`);
  await expect(mount(database.sql)).rejects.toThrow(
    'There is a view "postern".users_public that Postern did not make.',
  );
  const [row] = await database.sql`select one from postern.users_public`;
  expect(row).toEqual({ one: 1 });
});

test("what was made from the printed SQL is taken as it is", async () => {
  await using database = await openDatabase("template");
  const { steps } = renderRepeatable(defaultTarget, { roles });
  for (const { sql } of steps) await database.sql.unsafe(sql);
  await database.sql`drop table if exists postern_internal.repeatable_objects`;
  expect(await planOf(database.sql)).toEqual([]);
});

test("what is no longer declared is dropped, and nothing that hangs on it", async () => {
  await using database = await openMounted();
  const tables = ["users", "login_attempts"];
  const fewer = { ...defaultTarget, tables };
  const steps = await planOf(database.sql, fewer);
  expect(steps).toContain('drop trigger postern_append_only on "postern"."security_events"');
  await mount(database.sql, fewer);
  expect(await planOf(database.sql, fewer)).toEqual([]);

  await mount(database.sql);
  await database.sql`create view public.hangs as select * from postern.user_activity_log`;
  const none = { ...defaultTarget, tables: ["users"] };
  await expect(mount(database.sql, none)).rejects.toThrow("other objects depend on it");
});

test("nothing that is not ours is touched", async () => {
  await using database = await openDatabase("template");
  await database.sql.unsafe(`create table public.invoices (id int);
    create function public.refuse_rewriting() returns trigger language plpgsql as 'begin return new; end';
    create trigger postern_append_only before delete on public.invoices
      for each statement execute function public.refuse_rewriting();
    grant select on public.invoices to public`);
  const read = async () => {
    const { objects, ...rest } = await readForeign(database.sql);
    return { ...rest, objects: objects.filter(({ name }) => !name.startsWith("postern.")) };
  };
  const before = await read();
  await mount(database.sql);
  expect(await read()).toEqual(before);
});
