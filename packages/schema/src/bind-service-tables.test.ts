import { cloneDatabase } from "@postern/devkit";
import { pgTable, serial, text, timestamp } from "drizzle-orm/pg-core";
import postgres from "postgres";
import { expect, test } from "vitest";
import { bindServiceTables } from "./bind-service-tables.ts";
import { createSecuritySchema } from "./create.ts";
import { statementsOf } from "./migrate/testing/bindings.ts";
import { pushSecuritySchema } from "./push/push-security-schema.ts";
import { userAccountColumns, userEncryptedColumns, userSecurityColumns } from "./users-columns.ts";

const ofTheApp = {
  id: serial("person_no").primaryKey(),
  emailAddress: text("email_address").notNull(),
  fullName: text("full_name"),
  pwHash: text("pw_hash"),
  joinedAt: timestamp("joined_at", { withTimezone: true }).notNull().defaultNow(),
};
const people = pgTable("people", {
  ...ofTheApp,
  ...userAccountColumns(),
  ...userSecurityColumns(),
  ...userEncryptedColumns("people"),
});
const security = createSecuritySchema({
  users: people,
  schema: "auth",
  columns: {
    email: people.emailAddress,
    name: people.fullName,
    passwordHash: people.pwHash,
    createdAt: people.joinedAt,
  },
});

test("an app's users are read and written through a view, by our names and their own ids", async () => {
  await using database = await cloneDatabase({ from: "empty" });
  const sql = postgres(database.url, { max: 1, onnotice: () => undefined });
  await sql.unsafe(statementsOf("public", people));
  await sql`create unique index on people (lower(email_address))`;
  const wish = { databaseUrl: database.url, exports: { people, ...security } };
  await pushSecuritySchema(wish);
  expect(await pushSecuritySchema(wish)).toMatchObject({ outcome: "nothing to do" });

  const signUp = () => sql`
    insert into auth.postern_users (email, name, password_hash) values ('Ada@example.com', 'Ada', '$x$y')
    on conflict ((lower(email))) do nothing returning id, role`;
  expect(await signUp()).toEqual([{ id: 1, role: "user" }]);
  expect(await signUp()).toEqual([]);
  await sql`
    with found as materialized (
      select u.id from auth.postern_users u where lower(u.email) = 'ada@example.com' for no key update
    )
    update auth.postern_users u set session_count = 1 from found where u.id = found.id`;
  expect(await sql`select person_no, full_name, session_count from people`).toEqual([
    { person_no: 1, full_name: "Ada", session_count: 1 },
  ]);
  expect(
    await sql`select has_table_privilege('postern_app', 'auth.postern_users', 'INSERT') as may,
      has_sequence_privilege('postern_app', 'people_person_no_seq', 'USAGE') as "mayCount",
      has_sequence_privilege('postern_app', 'people_person_no_seq', 'UPDATE') as "maySet"`,
  ).toEqual([{ may: true, mayCount: true, maySet: false }]);
  await sql.end();
});

test("a binding is found in one object or in exports of its own, with the place of what is sealed", () => {
  for (const exported of [{ security }, { people, ...security }]) {
    const { tables, place } = bindServiceTables(exported);
    expect(place).toEqual({
      schema: "public",
      table: "people",
      email: "email_address",
      phone: "encrypted_phone_number",
      phoneIndex: "phone_number_index",
      hasUuids: false,
      needsName: false,
    });
    expect(tables.refreshTokens.userId.getSQLType()).toBe("integer");
  }
});

test("a users table that lacks what an account needs is refused by the names of the parts", () => {
  const bare = pgTable("people", ofTheApp);
  const binding = createSecuritySchema({ users: bare, columns: { email: bare.emailAddress } });
  expect(() => bindServiceTables({ binding })).toThrow(
    /^The users table people declares no emailVerifiedAt, name, .*userAccountColumns\(\)/,
  );
});

test("a users table in which no account could be opened is refused by the names of the columns", () => {
  const strict = pgTable("people", {
    ...ofTheApp,
    id: text("id")
      .primaryKey()
      .$defaultFn(() => "made by the app"),
    pwHash: text("pw_hash").notNull(),
    branch: text("branch").notNull(),
    joinedAt: timestamp("joined_at", { withTimezone: true }).notNull().defaultNow(),
    ...userAccountColumns(),
    ...userSecurityColumns(),
    ...userEncryptedColumns("people"),
  });
  const { emailAddress: email, fullName: name, pwHash: passwordHash, joinedAt: createdAt } = strict;
  const columns = { email, name, passwordHash, createdAt };
  const binding = createSecuritySchema({ users: strict, columns });
  expect(() => bindServiceTables({ binding })).toThrow(
    "The users table people declares id, pw_hash, branch NOT NULL without a default",
  );
});
