import { cloneDatabase } from "@postern/devkit";
import { sql } from "drizzle-orm";
import postgres from "postgres";
import { expect, test } from "vitest";
import { type Database, openDatabase } from "./open-database.ts";
import { prepareStatement } from "./prepare-statement.ts";
import { isDatabaseAway, sqlState } from "./sql-state.ts";

const applicationName = "open-database-test";

async function openWorld(poolSizeMax = 1) {
  const stack = new AsyncDisposableStack();
  const { url } = stack.use(await cloneDatabase({ from: "empty" }));
  const admin = postgres(url, { max: 1, onnotice: () => undefined });
  stack.defer(() => admin.end());
  const db = stack.use(openDatabase({ url, poolSizeMax, applicationName }));
  return { db, admin, [Symbol.asyncDispose]: () => stack.disposeAsync() };
}

const settings = async (db: Database) => {
  const [row] = await db.execute<Record<string, string>>(sql`
    select current_setting('statement_timeout') as statement, current_setting('application_name') as name`);
  return row;
};

test("a session has a deadline for statements and the service's name", async () => {
  await using world = await openWorld();
  expect(await settings(world.db)).toEqual({ statement: "3s", name: applicationName });
});

test("what a lost transaction still sends is refused, not run on the session that comes after", async () => {
  await using world = await openWorld();
  const { db, admin } = world;
  await admin`create table moves (half text)`;

  const lost = db.transaction(async (tx) => {
    await tx.execute(sql`insert into moves values ('first')`);
    await admin`select pg_terminate_backend(pid) from pg_stat_activity where application_name = ${applicationName}`;
    await expect
      .poll(() =>
        db.execute(sql`select 1`).then(
          () => "up",
          () => "away",
        ),
      )
      .toBe("up");
    await tx.execute(sql`insert into moves values ('second')`);
  });

  await expect(lost).rejects.toMatchObject({ code: "CONNECTION_CLOSED" });
  await expect.poll(() => settings(db)).toMatchObject({ name: applicationName });
  expect(await admin`select half from moves`).toEqual([]);
});

test("a prepared statement runs on the pool and inside a transaction", async () => {
  await using world = await openWorld();
  const add = prepareStatement<{ sum: number; later: boolean }>(
    sql`select ${sql.placeholder("a")}::int + ${sql.placeholder("b")}::int as sum,
      ${sql.placeholder("at")}::timestamptz > to_timestamp(0) as later`,
  );
  const values = { a: 1, b: 2, at: new Date() };
  expect(await add(world.db, values)).toEqual([{ sum: 3, later: true }]);
  const inside = await world.db.transaction(async (tx) => {
    await tx.execute(sql`create table made (id int)`);
    return add(tx, values);
  });
  expect(inside).toEqual([{ sum: 3, later: true }]);
});

test("a prepared statement is prepared on the server, once", async () => {
  await using world = await openWorld();
  const ask = prepareStatement<{ n: number }>(sql`select ${sql.placeholder("n")}::int as n`);
  await ask(world.db, { n: 1 });
  await ask(world.db, { n: 2 });
  const [row] = await world.db.execute(
    sql`select count(*)::int as count from pg_prepared_statements where statement like 'select $1::int as n'`,
  );
  expect(row).toEqual({ count: 1 });
});

test("a value that a statement needs and does not get is an error", async () => {
  await using world = await openWorld();
  const ask = prepareStatement(sql`select ${sql.placeholder("n")}::int as n`);
  await expect(ask(world.db, {})).rejects.toThrow(/"n"/);
});

test("a database that is down is known as away, at once, and a refused statement is not", async () => {
  await using db = openDatabase({
    url: "postgres://a:b@127.0.0.1:1/x",
    poolSizeMax: 1,
    applicationName,
  });
  const started = Date.now();
  const error = await db.execute(sql`select 1`).catch((reason: unknown) => reason);
  expect(isDatabaseAway(error)).toBe(true);
  expect(sqlState(error)).toBeUndefined();
  expect(Date.now() - started).toBeLessThan(1_000);

  await using world = await openWorld();
  const refused = await world.db.execute(sql`select 1/0`).catch((reason: unknown) => reason);
  expect(sqlState(refused)).toBe("22012");
  expect(isDatabaseAway(refused)).toBe(false);
});

test("a statement over the deadline ends with the code of a cancelled statement", async () => {
  await using world = await openWorld();
  await world.db.execute(sql`set statement_timeout = 50`);
  const error = await world.db.execute(sql`select pg_sleep(5)`).catch((reason: unknown) => reason);
  expect(sqlState(error)).toBe("57014");
  expect(isDatabaseAway(error)).toBe(true);
});
