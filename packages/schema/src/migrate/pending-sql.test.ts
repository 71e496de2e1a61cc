import { expect, test } from "vitest";
import type { TestDatabase } from "../testing/open-database.ts";
import { readPendingSql } from "./migrate-security-schema.ts";
import type { MigrateOptions } from "./options.ts";
import { describeAccounts, openAccounts } from "./testing/open-accounts.ts";

async function openScripts() {
  const database = await openAccounts();
  const read = (wish: Partial<MigrateOptions>) =>
    readPendingSql({ ...database.place, roles: null, ...wish });
  return { ...database, read };
}

/** As psql does: on one connection. */
async function runScript({ sql }: TestDatabase, script: string): Promise<void> {
  const connection = await sql.reserve();
  // A driver sends several statements as one transaction, which CONCURRENTLY does not bear.
  await connection.unsafe(script.replaceAll(" concurrently", ""));
  connection.release();
}

test("what stands is left out, recorded or not", async () => {
  await using database = await openScripts();
  await runScript(database, await database.read({ to: "024" }));
  expect(await database.read({ to: "024" })).toBe("-- Nothing to run.\n");
  expect(await database.read({})).toMatch(/^-- 025_add_encrypted_columns\n/);
  await database.migrate({ to: "025" });
  expect(await database.read({})).toMatch(/^-- 026_create_security_views\n/);
});

test("027 is printed once nothing else is missing, with what hangs on its columns", async () => {
  await using database = await openScripts();
  const first = await database.read({ contract: true });
  expect(first).toMatch(/-- 027_\w+\n-- Run the others first, then ask again\.\n/);
  await runScript(database, first);
  expect(await database.read({ contract: true })).toMatch(
    /^-- 027_\w+\n-- Run `postern-schema migrate` first: it records what stands/,
  );
  await database.migrate();
  const last = await database.read({ contract: true });
  expect(last).toMatch(/^-- 027_remove_plain_text_columns\n-- Must give no row:/);
  await runScript(database, last);
  const names = (await describeAccounts(database.sql)).map(({ name }) => name);
  expect(names).not.toContain("mobile");
  const { done } = await database.migrate({ contract: true });
  expect(done).toMatchObject([{ version: "027_remove_plain_text_columns", how: "adopted" }]);
});

test("a script stops where a lock is held for long, and nothing of that stage is done", async () => {
  await using database = await openScripts();
  await database.migrate({ to: "019" });
  const before = await describeAccounts(database.sql);
  const script = await database.read({ to: "024" });
  await database.sql.begin(async (tx) => {
    await tx`update accounts set orders = 1`;
    await expect(runScript(database, script)).rejects.toThrow("lock timeout");
  });
  expect(await describeAccounts(database.sql)).toEqual(before);
});

test("half an index that a script left is dropped by the next", async () => {
  await using database = await openScripts();
  await database.migrate({ to: "025" });
  await database.migrate({ backTo: "024" });
  await database.sql`alter table accounts add phone_number_index varchar(22)`;
  await database.sql`update accounts set phone_number_index = 'same'`;
  const build = database.sql`create unique index concurrently accounts_phone_number_index_key
    on accounts (phone_number_index)`;
  await expect(build).rejects.toThrow("could not create unique index");
  expect(await database.read({ to: "025" })).toMatch(
    /\ndrop index concurrently if exists "public"\."accounts_phone_number_index_key";\n/,
  );
});
