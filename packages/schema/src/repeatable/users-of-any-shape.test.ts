import { expect, test } from "vitest";
import { someSealed } from "../testing/open-tables.ts";
import { dropRolesAfter, mount, planOf } from "./testing/mount.ts";
import { addMember, membersTarget, openMembers } from "./testing/mount-members.ts";

test("json and generated columns beside ours stop no change of a row", async () => {
  await using database = await openMembers();
  const { sql } = database;
  await sql.unsafe(`alter table shop."member accounts" add updated_at timestamptz,
    add preferences json, add place point, add shout text generated always as (upper(mail)) stored`);
  await mount(sql, membersTarget);
  expect(await planOf(sql, membersTarget)).toEqual([]);
  await addMember(sql, 7);
  await sql`update shop."member accounts" set preferences = '{"a": 1}', place = point(1, 2)`;
  await sql`update shop."member accounts" set mail = 'bob@example.com'`;
  const [row] = await sql`select shout, updated_at is not null as touched
    from shop."member accounts"`;
  expect(row).toEqual({ shout: "BOB@EXAMPLE.COM", touched: true });
});

test.for([
  "+254700000678",
  "pe1.+254700000678",
  `pe1.${"A".repeat(45)}`,
  ` ${someSealed}`,
  `${someSealed}\nx`,
  "",
])("before its CHECK stands, a column for sealed values refuses %j", async (text) => {
  await using database = await openMembers();
  const { sql } = database;
  await sql`alter table shop."member accounts" add encrypted_phone_number text`;
  await mount(sql, membersTarget);
  await addMember(sql, 7);
  const write = (value: string) =>
    sql`update shop."member accounts" set encrypted_phone_number = ${value}`;
  await expect(write(text)).rejects.toMatchObject({ code: "23514" });
  await write(someSealed);
  await expect(
    sql`insert into shop."member accounts" (member_no, encrypted_phone_number) values (8, ${text})`,
  ).rejects.toMatchObject({ code: "23514" });
});

test.for([
  ["+254712345678", "+254*****678"],
  ["+254 712 345 678", "+254*****678"],
  ["+12025550143", "+1*****143"],
  ["+442079460018", "+44*****018"],
  ["+79161234567", "+7*****567"],
  ["+491680", "***"],
  ["0712345678", "***"],
  ["call me", "***"],
  ["", "***"],
  [null, null],
] as const)("the plain number %j is shown as %s", async ([plain, masked]) => {
  await using database = await openMembers();
  const { sql } = database;
  await mount(sql, membersTarget);
  await addMember(sql, 7);
  await sql`update shop."member accounts" set cell = ${plain}`;
  for (const view of ["users_authenticated", "users_admin"]) {
    const [row] = await sql`select phone from auth.${sql(view)}`;
    expect(row?.phone).toBe(masked);
  }
});

test("a flag in the place of a time says whether it is so", async () => {
  await using database = await openMembers();
  const { sql } = database;
  await sql`alter table shop."member accounts" add account_locked_until boolean,
    add disabled_at boolean, add last_login_at boolean, add password_expires_at boolean`;
  await mount(sql, membersTarget);
  await addMember(sql, 7);
  await addMember(sql, 8);
  await sql`update shop."member accounts" set account_locked_until = true, disabled_at = true,
    last_login_at = true, password_expires_at = true where member_no = 8`;
  const status = await sql`select is_locked, days_since_login, password_expired
    from auth.user_security_status order by id`;
  const unknown = { days_since_login: null, password_expired: false };
  expect([...status]).toEqual([
    { is_locked: false, ...unknown },
    { is_locked: true, ...unknown },
  ]);
  const disabled =
    await sql`select disabled_at is not null as yes from auth.users_admin order by id`;
  expect(disabled.map(({ yes }) => yes)).toEqual([false, true]);
});

test("what a users table of somebody else's must be granted is told, and the rest is made", async () => {
  await using database = await openMembers();
  const { sql, name } = database;
  await using _roles = dropRolesAfter(database, name);
  await sql.unsafe(`create role ${name} nologin createrole; grant create on database ${name} to ${name};
    grant usage on schema shop to ${name};
    grant select, references, trigger on shop."member accounts" to ${name};
    do $$ declare t text; begin
      for t in select oid::regclass::text from pg_class
        where relnamespace = 'auth'::regnamespace and relkind = 'r' loop
        execute format('alter table %s owner to ${name}', t);
      end loop;
    end $$;
    alter schema auth owner to ${name}`);
  await sql.unsafe(`set role ${name}`);
  const options = { roles: { prefix: `${name}_` } };
  const { notes } = await mount(sql, membersTarget, options);
  expect(notes).toContain(
    `Only the owner can do this, and it is needed: grant SELECT, INSERT, UPDATE on table "shop"."member accounts" to "${name}_app";`,
  );
  expect(await planOf(sql, membersTarget, options)).toEqual([]);
  await sql`reset role`;
  for (const note of notes.filter((it) => it.startsWith("Only the owner"))) {
    await sql.unsafe(note.slice(note.indexOf("grant ")));
  }
  const done = await mount(sql, membersTarget, options);
  expect(done.steps).toEqual([]);
  expect(done.notes.join()).not.toContain("Only the owner");
});
