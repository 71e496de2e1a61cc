import { expect, test } from "vitest";
import { createSecuritySchema } from "../create.ts";
import { someSealed } from "../testing/open-tables.ts";
import { migrateSecuritySchema } from "./migrate-security-schema.ts";
import { appUsers } from "./testing/accounts-schema.ts";
import { describeAccounts, openAccounts } from "./testing/open-accounts.ts";

test("a file that was edited after it ran is refused by its name", async () => {
  await using database = await openAccounts();
  await database.migrate({ to: "024" });
  await database.sql`update postern_internal.schema_migrations set checksum = 'another'
    where version like '003%'`;
  await expect(database.migrate()).rejects.toThrow(
    "003_security_events was edited after it ran. Nothing was done.",
  );
});

test("an index that an interrupted run left half-built is built anew", async () => {
  await using database = await openAccounts();
  await database.migrate({ to: "024" });
  await database.sql`alter table accounts add phone_number_index varchar(22)`;
  await database.sql`update accounts set phone_number_index = 'same'`;
  await expect(
    database.sql`create unique index concurrently accounts_phone_number_index_key
      on accounts (phone_number_index)`,
  ).rejects.toThrow("could not create unique index");
  await database.sql`update accounts set phone_number_index = null`;
  const { done } = await database.migrate({ to: "025" });
  expect(done.at(-1)).toMatchObject({ version: "025d_index_phone_numbers", how: "ran" });
  expect(await describeAccounts(database.sql)).toContainEqual({
    name: "accounts_phone_number_index_key",
    text: expect.stringMatching(/^CREATE UNIQUE INDEX .*true$/),
  });
});

test("an index that cannot be built says why, leaves nothing behind, and the next run goes on", async () => {
  await using database = await openAccounts();
  await database.migrate({ to: "024" });
  await database.sql`alter table accounts add phone_number_index varchar(22), add encrypted_phone_number text`;
  await database.sql`update accounts set phone_number_index = 'same', encrypted_phone_number = ${someSealed}`;
  await expect(database.migrate({ to: "025" })).rejects.toThrow(
    /^025d_index_phone_numbers: .*could not create unique index "accounts_phone_number_index_key"/,
  );
  const names = (await describeAccounts(database.sql)).map(({ name }) => name);
  expect(names).not.toContain("accounts_phone_number_index_key");
  await database.sql`update accounts set phone_number_index = account_no`;
  const { done } = await database.migrate({ to: "025" });
  expect(done).toMatchObject([{ version: "025d_index_phone_numbers", how: "ran" }]);
});

test("two schemas in one database have a record each", async () => {
  await using database = await openAccounts();
  const others = createSecuritySchema({ users: appUsers, schema: "other" });
  await database.migrate({ to: "019" });
  const { done } = await migrateSecuritySchema({ ...database.place, exports: others, to: "019" });
  expect(done).toHaveLength(18);
  const rows = await database.sql`select schema_name, count(*)::int as files,
    bool_and(duration_ms >= 0 and checksum ~ '^[0-9a-f]{64}$' and executed_at <= now()) as is_whole
    from postern_internal.schema_migrations group by 1 order by 1`;
  expect([...rows]).toEqual([
    { schema_name: "auth", files: 18, is_whole: true },
    { schema_name: "other", files: 18, is_whole: true },
  ]);
});

test("without the users table there is one line that says what to do first", async () => {
  await using database = await openAccounts();
  await database.sql`drop table accounts`;
  await expect(database.migrate()).rejects.toThrow(
    "The users table public.accounts does not exist. Nothing was done. Make it first",
  );
});
