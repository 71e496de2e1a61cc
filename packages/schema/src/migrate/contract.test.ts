import { expect, test } from "vitest";
import { createSecuritySchema } from "../create.ts";
import { someSealed } from "../testing/open-tables.ts";
import { readMigrationStatus } from "./migrate-security-schema.ts";
import { accounts, appUsers } from "./testing/accounts-schema.ts";
import { describeAccounts, openAccounts, readAccounts } from "./testing/open-accounts.ts";

type Accounts = Awaited<ReturnType<typeof openAccounts>>;

const namesOf = async ({ sql }: Accounts) => (await describeAccounts(sql)).map(({ name }) => name);

/** As the tool that encrypts leaves it: each value sealed, and the register says so. */
async function encryptAll({ sql }: Accounts) {
  await sql`update accounts set encrypted_phone_number = ${someSealed}, phone_number_index = account_no`;
  await sql`insert into auth.two_factor_auth (user_id, method, encrypted_secret)
    select account_no, 'totp', ${someSealed} from accounts where totp is not null`;
}

test("027 is refused without --contract, and says what else is missing", async () => {
  await using database = await openAccounts();
  await expect(database.migrate({ to: "027" })).rejects.toThrow(
    /027_remove_plain_text_columns was refused, nothing of it was done. Missing: --contract.*accounts.mobile holds 3 values/,
  );
  expect(await namesOf(database)).toContain("mobile");
});

test("027 is refused while a row is in clear", async () => {
  await using database = await openAccounts();
  await database.migrate();
  await encryptAll(database);
  await database.sql`insert into accounts (mail, mobile) values ('d@example.com', '+254700000009')`;
  const rows = await readAccounts(database.sql);
  await expect(database.migrate({ contract: true })).rejects.toThrow(
    /accounts.mobile holds 1 values that are not encrypted yet/,
  );
  expect(await readAccounts(database.sql)).toEqual(rows);
});

test("027 is done once nothing is in clear and --contract is given, and has no way back", async () => {
  await using database = await openAccounts();
  await database.migrate();
  await encryptAll(database);
  const { done, waiting } = await database.migrate({ contract: true });
  expect(done).toMatchObject([{ version: "027_remove_plain_text_columns", how: "ran" }]);
  expect(waiting).toEqual([]);
  const names = await namesOf(database);
  expect(names).toContain("encrypted_phone_number");
  expect(names.filter((name) => name === "mobile" || name === "totp")).toEqual([]);

  expect((await database.migrate({ contract: true })).done).toEqual([]);
  await expect(database.migrate({ backTo: "026" })).rejects.toThrow(
    /027_remove_plain_text_columns has no way back, nothing was done: the plain-text columns are gone/,
  );
  expect(await database.sql`select from auth.check_encryption_migration_status()`).not.toEqual([]);
});

test("where there never was plain text 027 stands from the start and can be taken back", async () => {
  await using database = await openAccounts();
  await database.sql`alter table accounts drop mobile, drop totp`;
  const { done, waiting } = await database.migrate();
  expect(waiting).toEqual([]);
  const contract = { version: "027_remove_plain_text_columns" };
  expect(done).toContainEqual(expect.objectContaining({ ...contract, how: "adopted" }));
  const back = await database.migrate({ backTo: "026" });
  expect(back.done.at(-1)).toMatchObject({ ...contract, how: "undone" });
});

test("plain text that the app names only afterwards is not taken for removed", async () => {
  await using database = await openAccounts();
  const { loginAttempts } = createSecuritySchema({ users: appUsers, schema: "auth" });
  const before = await database.migrate({ exports: { loginAttempts } });
  const adopted = { version: "027_remove_plain_text_columns", how: "adopted" };
  expect(before.done).toContainEqual(expect.objectContaining(adopted));

  const columns = { phoneNumber: accounts.mobile };
  const named = createSecuritySchema({ users: appUsers, schema: "auth", columns });
  const exports = { loginAttempts: named.loginAttempts };
  const status = await readMigrationStatus({ databaseUrl: database.url, exports });
  expect(status.find(({ version }) => version.startsWith("027"))?.state).toBe(
    "waits for --contract",
  );
  expect((await database.migrate({ exports })).waiting).toEqual(["027_remove_plain_text_columns"]);
  await expect(database.migrate({ exports, contract: true })).rejects.toThrow(
    /accounts.mobile holds 3 values that are not encrypted yet/,
  );

  await database.sql`update accounts set encrypted_phone_number = ${someSealed}, phone_number_index = account_no`;
  const { done } = await database.migrate({ exports, contract: true });
  expect(done).toMatchObject([{ version: "027_remove_plain_text_columns", how: "ran" }]);
  expect(await namesOf(database)).not.toContain("mobile");
});
