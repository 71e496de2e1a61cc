import { expect, test } from "vitest";
import { someSealed } from "../testing/open-tables.ts";
import { mount, planOf } from "./testing/mount.ts";
import {
  addMember,
  membersTarget,
  membersTargetWith,
  openMembers,
} from "./testing/mount-members.ts";

const TRACKING = `alter table shop."member accounts"
  add last_login_at timestamptz, add last_activity_at timestamptz, add account_locked_until timestamptz,
  add password_changed_at timestamptz, add password_expires_at timestamptz,
  add session_count integer not null default 0, add encrypted_phone_number text,
  add phone_number_hint varchar(32), add updated_at timestamptz`;

test("an app's own users are shown under our names, and what they do not keep as null", async () => {
  await using database = await openMembers();
  const { sql } = database;
  const { notes } = await mount(sql, membersTarget);
  expect(await planOf(sql, membersTarget)).toEqual([]);
  expect(notes[0]).toContain("shop.member accounts has no name, encrypted_phone_number");

  await addMember(sql, 7);
  await sql`update shop."member accounts" set is_verified = true, joined = '2026-01-02 03:04'`;
  const [row] = await sql`select * from auth.users_admin where id = 7`;
  expect(row).toMatchObject({
    id: "7",
    name: null,
    user_type: "user",
    created_at: new Date("2026-01-02T03:04:00Z"),
    email: "ada@example.com",
    phone: "+254*****678",
    email_verified: true,
    two_factor_enabled: false,
    last_login_at: null,
    failed_login_attempts: null,
    session_count: 0,
  });
});

test("columns that are added later get their triggers at the next push", async () => {
  await using database = await openMembers();
  const { sql } = database;
  await mount(sql, membersTarget);
  await addMember(sql, 7);
  await sql.unsafe(TRACKING);
  expect(await planOf(sql, membersTarget)).not.toEqual([]);
  await mount(sql, membersTarget);
  expect(await planOf(sql, membersTarget)).toEqual([]);

  await sql`update shop."member accounts" set pw = '$argon2id$strong', session_count = -3,
    failures = 0, last_login_at = now()`;
  const [member] = await sql`select session_count, updated_at = now() as is_touched,
    password_changed_at = last_activity_at as is_dated from shop."member accounts"`;
  expect(member).toMatchObject({ session_count: 0, is_dated: true });
  const history = await sql`select user_id::int, password_hash from auth.password_history`;
  expect([...history]).toEqual([{ user_id: 7, password_hash: "$2b$10$weak" }]);
  const clear = sql`update shop."member accounts" set encrypted_phone_number = '+254700000678'`;
  await expect(clear).rejects.toMatchObject({ code: "23514", schema_name: "shop" });
});

test("a password of a form that the history does not know can be changed all the same", async () => {
  await using database = await openMembers();
  const { sql } = database;
  await mount(sql, membersTarget);
  await addMember(sql, 7);
  await sql`update shop."member accounts" set pw = 'pbkdf2_sha256$1$a$b'`;
  await sql`update shop."member accounts" set pw = '$argon2id$strong'`;
  expect(await sql`select from auth.password_history`).toHaveLength(1);
});

test("plain text that is still to be encrypted is counted, and so is each key", async () => {
  await using database = await openMembers();
  const { sql } = database;
  await sql.unsafe(TRACKING);
  await mount(sql, membersTarget);
  await addMember(sql, 7);
  await addMember(sql, 8);
  const sealedBy3 = `pe1.${Buffer.from([1, 1, 0, 0, 0, 3]).toString("base64url")}${"A".repeat(60)}`;
  await sql`update shop."member accounts" set encrypted_phone_number = ${sealedBy3},
    otp_secret = 'JBSWY3DPEHPK3PXP' where member_no = 8`;
  const rows = await sql`select * from auth.check_encryption_migration_status()`;
  const of = (column: string) => rows.find((row) => row.column_name === column);
  expect(rows).toHaveLength(10);
  expect(of("cell")).toMatchObject({ stage: "plain", total: "2", encrypted: "1", remaining: "1" });
  expect(of("cell")).toMatchObject({ percent: "50.0", by_key: { 3: 1 }, last_error: null });
  expect(of("otp_secret")).toMatchObject({ total: "1", remaining: "1", percent: "0.0" });
  expect(of("encrypted_phone_number")).toMatchObject({ stage: "sealed", by_key: { 3: 1 } });
  expect(of("sealed_successor")).toMatchObject({ total: "0", percent: "100" });

  await sql`insert into auth.two_factor_auth (user_id, method, encrypted_secret)
    values (8, 'totp', ${someSealed})`;
  const [secret] = await sql`select remaining, by_key from auth.check_encryption_migration_status()
    where column_name = 'otp_secret'`;
  expect(secret).toEqual({ remaining: "0", by_key: { 0: 1 } });
});

test("a registered column is counted in its stage, and as done once it is gone", async () => {
  await using database = await openMembers();
  const { sql } = database;
  await sql.unsafe(TRACKING);
  await mount(sql, membersTarget);
  await addMember(sql, 7);
  await sql`insert into postern_internal.encryptions (schema_name, table_name, column_name,
      into_schema, into_table, into_column, id_column, normalise, stage, last_error)
    values ('shop', 'member accounts', 'cell', 'shop', 'member accounts', 'encrypted_phone_number',
      'member_no', 'phone', 'backfill', 'row 7')`;
  const read = () => sql`select stage, last_error from auth.check_encryption_migration_status()
    where column_name = 'cell'`;
  expect([...(await read())]).toEqual([{ stage: "backfill", last_error: "row 7" }]);

  const leaving = { roles: null, leaving: ["phoneNumber" as const] };
  await mount(sql, membersTarget, leaving);
  await sql`alter table shop."member accounts" drop column cell`;
  expect(await planOf(sql, membersTarget, { roles: null })).toEqual([]);
  expect(await read()).toMatchObject([{ stage: "contract" }]);
});

test.for([
  { tables: ["login_attempts"], views: 6 },
  { tables: ["api_keys", "revocations"], views: 5 },
  { tables: ["security_events", "session_audits", "two_factor_auth"], views: 6 },
  { tables: ["user_devices", "password_history"], views: 5 },
])("with $tables alone, $views views stand and answer", async ({ tables, views }) => {
  await using database = await openMembers();
  const { sql } = database;
  const target = membersTargetWith(...tables);
  await mount(sql, target);
  expect(await planOf(sql, target)).toEqual([]);
  const found = await sql`select viewname from pg_views where schemaname = 'auth'`;
  expect(found).toHaveLength(views);
  for (const { viewname } of found) await sql.unsafe(`select * from auth.${viewname}`);
  await sql`select * from auth.check_encryption_migration_status()`;
});

test("where no users table is yet, its part is left out and said so", async () => {
  await using database = await openMembers();
  await database.sql`drop table shop."member accounts" cascade`;
  const { notes } = await mount(database.sql, membersTarget);
  expect(notes).toEqual([
    "There is no table shop.member accounts yet: its triggers and the views are left out.",
  ]);
});
