import { mkdirSync, mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { readSettings, targetOf } from "./settings.ts";

test("the environment comes before .env, and .env before what pnpm dev wrote", () => {
  const folder = mkdtempSync(join(tmpdir(), "postern-settings-"));
  mkdirSync(join(folder, ".postern"));
  writeFileSync(join(folder, ".postern/env"), "DATABASE_URL=postgres://dev/a\n");
  const read = (environment = {}) => readSettings(environment, folder);
  expect(read()).toEqual({ databaseUrl: "postgres://dev/a", schema: "postern" });

  writeFileSync(join(folder, ".env"), 'DATABASE_URL="postgres://file/a"\nDATABASE_SCHEMA=auth\n');
  expect(read()).toEqual({ databaseUrl: "postgres://file/a", schema: "auth" });
  expect(read({ DATABASE_URL: "postgresql://shell/a", DATABASE_SCHEMA: "" })).toEqual({
    databaseUrl: "postgresql://shell/a",
    schema: "auth",
  });
});

test.for(["postgres", "mysql://a/b", "postgres://", "postgres://a b/c", "postgres:///a"])(
  "%s is no DATABASE_URL",
  (DATABASE_URL) => {
    expect(() => readSettings({ DATABASE_URL }, "/")).toThrow("malformed");
  },
);

test.for(["Auth", "pg_x", "information_schema", "postern_internal", 'a"b', "a-b", "1a"])(
  "%s is no DATABASE_SCHEMA",
  (DATABASE_SCHEMA) => {
    const environment = { DATABASE_URL: "postgres://a/b", DATABASE_SCHEMA };
    expect(() => readSettings(environment, "/")).toThrow("DATABASE_SCHEMA");
  },
);

test("a target has what messages need and no password", () => {
  const url = "postgres://ada:secret@one:5433,two:5434/shop?sslmode=require";
  expect(targetOf(url)).toEqual({ host: "one", port: "5433", database: "shop", user: "ada" });
});
