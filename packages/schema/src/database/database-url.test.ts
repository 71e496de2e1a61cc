import { expect, test } from "vitest";
import { addressOf, checkDatabaseUrl } from "./database-url.ts";

test.for([
  "postgres",
  "mysql://a/b",
  "postgres://",
  "postgres://a b/c",
  "postgres:///a",
  "postgres://u:50%off@host/db",
  "postgres://50%off:p@host/db",
  "postgres://u:p@host/50%off",
  "postgres://u:p@one,50%off/db",
])("%s is malformed", (url) => {
  expect(() => checkDatabaseUrl(url)).toThrow("DATABASE_URL is malformed.");
});

test.for(["postgres://u:p@[::1]:5432/db", "postgres://[::1]/db", "postgres://u@one,[::1]:5432/db"])(
  "%s names an IPv6 address",
  (url) => {
    expect(() => checkDatabaseUrl(url)).toThrow("Use a host name or an IPv4 address.");
  },
);

test.for([
  "postgres://host",
  "postgres://u:50%25off@host/db",
  "postgresql://u:[p],[q@host:1/db?sslmode=require",
  "postgres://u:p@one:5433,two:5434/db",
])("%s is taken", (url) => {
  expect(checkDatabaseUrl(url)).toBe(url);
});

test("a target has what messages need and no password", () => {
  const url = "postgres://ada:secret@one:5433,two:5434/shop?sslmode=require";
  expect(addressOf(url)).toEqual({
    host: "one",
    port: "5433",
    database: "shop",
    user: "ada",
    isEncrypted: true,
  });
  expect(addressOf("postgres://ada@one/shop").isEncrypted).toBe(false);
});
