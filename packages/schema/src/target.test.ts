import { bigserial, pgTable, text, uuid } from "drizzle-orm/pg-core";
import { expect, test } from "vitest";
import { bindDefaultTables } from "./bind-default-tables.ts";
import { createSecuritySchema } from "./create.ts";
import { loginAttempts } from "./tables/login-attempts.ts";
import { findDeclaration } from "./target.ts";

const members = pgTable("members", {
  id: bigserial("id", { mode: "bigint" }).primaryKey(),
  mail: text("mail_address"),
  passwordHash: text("pw"),
});

test("of an app's exports only ours are found, with the names of the app's own columns", () => {
  const { loginAttempts: attempts, apiKeys } = createSecuritySchema({
    users: members,
    schema: "auth",
    columns: { email: members.mail },
  });
  const { target, tables } = findDeclaration({ members, attempts, again: attempts, apiKeys, n: 1 });
  expect(tables).toEqual([attempts, apiKeys]);
  expect(target).toMatchObject({
    schema: "auth",
    tables: ["login_attempts", "api_keys"],
    users: { schema: "public", table: "members", idType: "bigint", isOurs: false },
  });
  expect(target.users.columns).toMatchObject({
    email: "mail_address",
    passwordHash: "pw",
    lastLoginAt: "last_login_at",
  });
  expect([...target.users.declared]).toEqual(["email", "passwordHash"]);
});

test("the default binding brings its own users table", () => {
  const { target } = findDeclaration(bindDefaultTables("public"));
  expect(target.schema).toBe("public");
  expect(target.tables).toContain("users");
  expect(target.tables).toHaveLength(19);
  expect(target.users).toMatchObject({ schema: "public", table: "users", isOurs: true });
});

test("a table imported alone stands in the schema postern", () => {
  const { target } = findDeclaration({ loginAttempts });
  expect(target).toMatchObject({ schema: "postern", tables: ["login_attempts"] });
});

test("what cannot be mounted together is refused with the reason", () => {
  const others = pgTable("others", { id: uuid("id").primaryKey() });
  const { apiKeys } = createSecuritySchema({ users: members });
  const elsewhere = createSecuritySchema({ users: members, schema: "auth" });
  const strangers = createSecuritySchema({ users: others });
  expect(() => findDeclaration({ members })).toThrow("It exports none of our tables");
  expect(() => findDeclaration({ members, "db.ts#all": { apiKeys, members, n: null } })).toThrow(
    "lie in the object all, but drizzle finds them only as exports of their own. Write: export const { pgSchema, apiKeys } = all;",
  );
  expect(() => findDeclaration({ apiKeys, b: elsewhere.refreshTokens })).toThrow(
    "postern and auth: bind them to one",
  );
  expect(() => findDeclaration({ apiKeys, b: strangers.refreshTokens })).toThrow(
    "two users tables",
  );
});
