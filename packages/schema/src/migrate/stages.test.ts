import { expect, test } from "vitest";
import { someSealed } from "../testing/open-tables.ts";
import { describeAccounts, openAccounts, readAccounts } from "./testing/open-accounts.ts";
import { newestNumber, ownUsersMigrations } from "./testing/own-users-migrations.ts";

const versions = (steps: readonly { version: string; how: string }[]) =>
  steps.map(({ version, how }) => `${how} ${version.split("_")[0]}`);

test.for([
  { to: "024", before: "019", done: ["024"] },
  { to: "025", before: "024", done: ["025", "025a", "025b", "025c", "025d"] },
  { to: "026", before: "025", done: ["026"] },
])("stage $to goes forward and back, and every row is kept", async ({ to, before, done }) => {
  await using database = await openAccounts();
  const rows = await readAccounts(database.sql);
  await database.migrate({ to: before });
  const earlier = await describeAccounts(database.sql);

  const forth = await database.migrate({ to });
  expect(versions(forth.done)).toEqual(done.map((number) => `ran ${number}`));
  expect(await describeAccounts(database.sql)).not.toEqual(earlier);
  expect(await readAccounts(database.sql)).toEqual(rows);

  const back = await database.migrate({ backTo: before });
  expect(versions(back.done)).toEqual(done.toReversed().map((number) => `undone ${number}`));
  expect(await describeAccounts(database.sql)).toEqual(earlier);
  expect(await readAccounts(database.sql)).toEqual(rows);

  expect(versions((await database.migrate({ to })).done)).toEqual(versions(forth.done));
});

test("everything runs once: the second time there is nothing to do", async () => {
  await using database = await openAccounts();
  const { done, waiting } = await database.migrate();
  expect(versions(done)).toHaveLength(ownUsersMigrations);
  expect(waiting).toEqual(["027_remove_plain_text_columns"]);
  expect((await database.migrate()).done).toEqual([]);
});

test("the way back takes away what a stage made, and leaves what the app had before", async () => {
  await using database = await openAccounts();
  await database.sql`alter table accounts add failed_login_attempts integer default 7`;
  await database.migrate();
  await database.migrate({ backTo: "019" });
  const columns = (await describeAccounts(database.sql)).map(({ name }) => name);
  expect(columns).toContain("seen");
  expect(columns).toContain("failed_login_attempts");
  expect(columns).not.toContain("session_count");
});

test("new rows are held to the rules from the moment that 025 ran", async () => {
  await using database = await openAccounts();
  await database.migrate({ to: "025" });
  const write = (phone: string, index: string) =>
    database.sql`update accounts set encrypted_phone_number = ${phone}, phone_number_index = ${index}
      where account_no = 1`;
  await expect(write("+254700000001", "i")).rejects.toThrow("accounts_phone_is_sealed");
  await write(someSealed, "i");
  await expect(
    database.sql`update accounts set encrypted_phone_number = ${someSealed}, phone_number_index = 'i'
      where account_no = 2`,
  ).rejects.toThrow("accounts_phone_number_index_key");
});

test("the way back over 025 is refused while a phone number stands sealed and nowhere else", async () => {
  await using database = await openAccounts();
  await database.migrate();
  await database.sql`update accounts set encrypted_phone_number = ${someSealed},
    phone_number_index = 'i', mobile = null where account_no = 2`;
  const before = await describeAccounts(database.sql);
  await expect(database.migrate({ backTo: "024" })).rejects.toThrow(
    "1 rows of public.accounts hold a sealed phone number and no plain one",
  );
  expect(await describeAccounts(database.sql)).toEqual(before);
});

test("a table has no way back: its rows would be lost", async () => {
  await using database = await openAccounts();
  await database.migrate();
  await expect(database.migrate({ backTo: "015" })).rejects.toThrow(
    "019_alerts has no way back, nothing was done",
  );
  expect((await database.migrate()).done).toEqual([]);
});

test("a number that does not exist is refused with those that do", async () => {
  await using database = await openAccounts();
  await expect(database.migrate({ to: "099" })).rejects.toThrow(
    `There is no migration 099. There are 001 to ${newestNumber}`,
  );
});
