import { setTimeout as sleep } from "node:timers/promises";
import type { Sql } from "postgres";
import { expect, test } from "vitest";
import { bindDefaultTables } from "../bind-default-tables.ts";
import { openDatabase } from "../testing/open-database.ts";
import { startPush } from "../testing/push-command.ts";
import { pushSecuritySchema } from "./index.ts";

const tables = bindDefaultTables("postern");

/** Makes each CREATE TABLE of ours take its time, so that a test can do something in the middle. */
const slowDown = (sql: Sql) =>
  sql.unsafe(`
    create function public.wait_a_moment() returns event_trigger language plpgsql as $$
    begin
      if current_query() not like '%pg_temp%' then perform pg_sleep(0.1); end if;
    end $$;
    create event trigger wait_a_moment on ddl_command_end when tag in ('CREATE TABLE')
      execute function public.wait_a_moment()`);

async function countTables(sql: Sql): Promise<number> {
  const [row] =
    await sql`select count(*)::int as tables from pg_tables where schemaname = 'postern'`;
  return row?.tables;
}

async function until(isTrue: () => Promise<boolean>): Promise<void> {
  while (!(await isTrue())) await sleep(20);
}

const isPushing = async (sql: Sql) => {
  const rows = await sql`select from pg_stat_activity
    where datname = current_database() and application_name = 'postern db:push' and query like 'CREATE TABLE%'`;
  return rows.length > 0;
};

test("of five pushes at once one does the work and the others find it done", async () => {
  await using database = await openDatabase();
  const pushes = Array.from({ length: 5 }, () =>
    pushSecuritySchema({ databaseUrl: database.url, exports: tables }),
  );
  const outcomes = (await Promise.all(pushes)).map(({ outcome }) => outcome).sort();
  expect(outcomes).toEqual(["applied", ...Array(4).fill("nothing to do")]);
  expect(await countTables(database.sql)).toBe(19);
});

test("a push waits for its turn, says so once, and then goes on", async () => {
  await using database = await openDatabase();
  let waits = 0;
  const other = await database.sql.reserve();
  await other`select pg_advisory_lock(7305846201)`;
  const onWait = () => {
    waits += 1;
    setTimeout(() => other`select pg_advisory_unlock_all()`.then(other.release), 300);
  };
  const result = await pushSecuritySchema({ databaseUrl: database.url, exports: tables, onWait });
  expect({ outcome: result.outcome, waits }).toEqual({ outcome: "applied", waits: 1 });
});

test("a push that is killed half-way leaves nothing, and the next one does it all", async () => {
  await using database = await openDatabase();
  await slowDown(database.sql);
  const { child, finished } = startPush([], { environment: { DATABASE_URL: database.url } });
  await until(() => isPushing(database.sql));
  await sleep(300);
  child.kill("SIGKILL");
  await finished;
  await until(async () => !(await isPushing(database.sql)));
  await sleep(200);
  expect(await countTables(database.sql)).toBe(0);
  expect(await database.sql`select from pg_namespace where nspname ~ '^postern'`).toHaveLength(0);

  await database.sql.unsafe("drop event trigger wait_a_moment");
  await pushSecuritySchema({ databaseUrl: database.url, exports: tables });
  expect(await countTables(database.sql)).toBe(19);
});

test("a backend that ends in the middle gives one line, and nothing was done", async () => {
  await using database = await openDatabase();
  await slowDown(database.sql);
  const failed = pushSecuritySchema({ databaseUrl: database.url, exports: tables }).catch(
    (error) => error,
  );
  await until(() => isPushing(database.sql));
  await database.sql`select pg_terminate_backend(pid) from pg_stat_activity
    where datname = current_database() and application_name = 'postern db:push'`;
  expect(await failed).toMatchObject({
    name: "PushError",
    message: expect.stringContaining("Nothing was done"),
  });
  expect(await countTables(database.sql)).toBe(0);
});

test("a table that somebody else has locked stops the push after a moment, in one line", async () => {
  await using database = await openDatabase("template");
  await database.sql`drop index postern.users_locked`;
  await database.sql.begin(async (tx) => {
    await tx`lock table postern.users in row exclusive mode`;
    await expect(
      pushSecuritySchema({ databaseUrl: database.url, exports: tables }),
    ).rejects.toThrow(/holds a lock .*Nothing was done/);
  });
  expect(await pushSecuritySchema({ databaseUrl: database.url, exports: tables })).toMatchObject({
    outcome: "applied",
  });
});
