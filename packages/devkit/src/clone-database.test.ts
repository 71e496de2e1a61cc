import postgres from "postgres";
import { expect, test } from "vitest";
import { cloneDatabase } from "./clone-database.ts";

async function query(url: string, statement: string) {
  const sql = postgres(url, { max: 1 });
  try {
    return await sql.unsafe(statement);
  } finally {
    await sql.end();
  }
}

test("what one test writes, no other test sees", async () => {
  await using mine = await cloneDatabase();
  await using theirs = await cloneDatabase();
  await query(mine.url, "create table note (text text)");

  const seen = await query(theirs.url, "select to_regclass('note') as found");
  expect(seen[0]?.found).toBeNull();
});

test("twenty tests can take a copy at once", async () => {
  await using copies = new AsyncDisposableStack();
  const made = await Promise.all(Array.from({ length: 20 }, () => cloneDatabase()));
  for (const copy of made) copies.use(copy);

  const answers = await Promise.all(made.map(({ url }) => query(url, "select 1 as one")));
  expect(answers.map(([row]) => row?.one)).toEqual(Array(20).fill(1));
});

test("a copy is gone after the test, even with a connection left open", async () => {
  const copy = await cloneDatabase();
  const leftOpen = postgres(copy.url, { max: 1, onnotice: () => undefined });
  await leftOpen`select 1`;
  await copy[Symbol.asyncDispose]();

  await expect(query(copy.url, "select 1")).rejects.toMatchObject({ code: "3D000" });
  await leftOpen.end({ timeout: 0 });
});
