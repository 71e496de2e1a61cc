import type { Sql } from "postgres";
import { expect, test } from "vitest";
import { someSealed } from "../testing/open-tables.ts";
import { openMounted } from "./testing/mount.ts";

const weak = "$2b$10$weak";
const strong = "$argon2id$v=19$strong";
const old = new Date("2020-01-01T00:00:00Z");

async function openWithAda(hash: string | null = weak) {
  const database = await openMounted();
  const { sql } = database;
  await sql`insert into postern.users (email, password_hash, password_changed_at, updated_at)
    values ('ada@example.com', ${hash}, ${old}, ${old})`;
  return database;
}

const read = async (sql: Sql) => {
  const [user] = await sql`select *, password_expires_at - now() as lasts from postern.users`;
  const history = await sql`select password_hash from postern.password_history`;
  return { user, history: history.map((row) => row.password_hash) };
};

test("a changed password has a new date, no end by default, and its old hash in the history", async () => {
  await using database = await openWithAda();
  await database.sql`update postern.users set password_hash = ${strong}`;
  const { user, history } = await read(database.sql);
  expect(user?.password_changed_at.getTime()).toBeGreaterThan(Date.now() - 60_000);
  expect(user?.password_expires_at).toBeNull();
  expect(history).toEqual([weak]);
});

test.for([
  { days: "90", expires: true },
  { days: "0", expires: false },
  { days: "", expires: false },
])("with a maximum age of '$days' days a new password expires: $expires", async (setting) => {
  await using database = await openWithAda();
  const { user } = await database.sql.begin(async (tx) => {
    await tx`select set_config('postern.password_max_age_days', ${setting.days}, true)`;
    await tx`update postern.users set password_hash = ${strong}`;
    const [user] = await tx`select password_expires_at - now() = '90 days' as expires
      from postern.users`;
    return { user };
  });
  expect(user?.expires ?? false).toBe(setting.expires);
});

test("an end that the same statement sets stands", async () => {
  await using database = await openWithAda();
  await database.sql`update postern.users set password_hash = ${strong}, password_expires_at = ${old}`;
  expect((await read(database.sql)).user?.password_expires_at).toEqual(old);
});

test("a stronger hash of the same password changes no date and no history", async () => {
  await using database = await openWithAda();
  await database.sql`with same as materialized (
      select set_config('postern.same_password', 'on', true) as password)
    update postern.users u set password_hash = ${strong} from same where same.password = 'on'`;
  const { user, history } = await read(database.sql);
  expect(user).toMatchObject({ password_hash: strong, password_changed_at: old });
  expect(history).toEqual([]);
  await database.sql`update postern.users set password_hash = ${weak}`;
  expect((await read(database.sql)).history).toEqual([strong]);
});

test("the same hash again, a first password and a removed one leave no history", async () => {
  await using database = await openWithAda();
  await database.sql`update postern.users set password_hash = ${weak}, name = 'Ada'`;
  expect((await read(database.sql)).user?.password_changed_at).toEqual(old);
  await database.sql`update postern.users set password_hash = null`;
  await database.sql`update postern.users set password_hash = ${strong}`;
  expect((await read(database.sql)).history).toEqual([]);
});

test("an account that is opened with a password knows since when", async () => {
  await using database = await openMounted();
  await database.sql`insert into postern.users (email, password_hash)
    values ('a@example.com', ${strong}), ('b@example.com', null)`;
  const rows = await database.sql`select password_changed_at is not null as dated
    from postern.users order by email`;
  expect(rows.map((row) => row.dated)).toEqual([true, false]);
});

test("updated_at follows every change, and nothing else", async () => {
  await using database = await openWithAda();
  const time = async () => (await read(database.sql)).user?.updated_at;
  await database.sql`update postern.users set email = email`;
  expect(await time()).toEqual(old);
  await database.sql`update postern.users set name = 'Ada', updated_at = ${old}`;
  expect(await time()).not.toEqual(old);
});

test("of two sign-ins the later one's time stays, and who signed in was active", async () => {
  await using database = await openWithAda();
  const { sql } = database;
  const [noon, one] = [new Date("2026-01-01T12:00:00Z"), new Date("2026-01-01T13:00:00Z")];
  await sql`update postern.users set last_login_at = ${one}`;
  expect((await read(sql)).user).toMatchObject({ last_login_at: one, last_activity_at: one });
  await sql`update postern.users set last_login_at = ${noon}, last_activity_at = ${noon}`;
  expect((await read(sql)).user).toMatchObject({ last_login_at: one, last_activity_at: one });
});

test("no failures means not locked by failures, and no count goes below nothing", async () => {
  await using database = await openWithAda();
  const { sql } = database;
  await sql`update postern.users set account_locked_until = now() + interval '1 day'`;
  await sql`update postern.users set failed_login_attempts = 5`;
  expect((await read(sql)).user?.account_locked_until).not.toBeNull();
  await sql`update postern.users set failed_login_attempts = 0, session_count = session_count - 1`;
  expect((await read(sql)).user).toMatchObject({ account_locked_until: null, session_count: 0 });
});

test("clear text in a sealed column is refused with what to do, and without the text", async () => {
  await using database = await openWithAda();
  const { sql } = database;
  const refused =
    await sql`update postern.users set encrypted_phone_number = '+254700000001'`.catch(
      (error: unknown) => error,
    );
  expect(refused).toMatchObject({
    code: "23514",
    constraint_name: "users_phone_is_sealed",
    column_name: "encrypted_phone_number",
    hint: expect.stringContaining("seal()"),
  });
  expect(JSON.stringify(refused)).not.toContain("254700000001");
  await sql`update postern.users set encrypted_phone_number = ${someSealed},
    phone_number_index = ${"A".repeat(22)}`;
});
