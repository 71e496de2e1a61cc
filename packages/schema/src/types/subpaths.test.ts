import { loginAttempts } from "@postern/schema/login-attempts";
import { posternUsers } from "@postern/schema/users";
import { usersPublic } from "@postern/schema/views";
import { getTableConfig } from "drizzle-orm/pg-core";
import { expect, expectTypeOf, test } from "vitest";
import * as postern from "../index.ts";

const exported = new Map<string, unknown>(Object.entries(postern));

test("a table imported alone is the very one that the package exports", () => {
  expect(loginAttempts).toBe(postern.loginAttempts);
  expect(posternUsers).toBe(postern.posternUsers);
  expect(usersPublic).toBe(postern.usersPublic);
  expectTypeOf(loginAttempts).toEqualTypeOf(postern.loginAttempts);
});

test.for([
  "account-recovery",
  "alerts",
  "api-keys",
  "attempt-lanes",
  "delivery-receipts",
  "email-delivery-log",
  "login-attempts",
  "oauth-connections",
  "password-history",
  "refresh-tokens",
  "revocations",
  "security-events",
  "session-audits",
  "signing-keys",
  "sms-delivery-log",
  "suppressions",
  "two-factor-auth",
  "user-devices",
])("%s is a path of its own", async (path) => {
  const name = path.replace(/-(.)/g, (_, letter: string) => letter.toUpperCase());
  const { [name]: table } = await import(`../tables/${path}.ts`);
  expect(table).toBe(exported.get(name));
  expect(getTableConfig(table).name).toBe(path.replaceAll("-", "_"));
});
