import { mkdirSync, mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { readSettings } from "./settings.ts";

const openFolder = () => mkdtempSync(join(tmpdir(), "postern-settings-"));

function writeDevRecord(folder: string, databaseUrl: string): void {
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, "dev.json"), JSON.stringify({ pid: 1, databaseUrl }));
}

test("the environment comes before .env, and .env before the database of pnpm dev", () => {
  const folder = openFolder();
  const read = (environment = {}) => readSettings(environment, folder);
  expect(read()).toEqual({ databaseUrl: undefined, schema: "postern" });
  writeDevRecord(join(folder, ".postern"), "postgres://dev/a");
  expect(read()).toEqual({ databaseUrl: "postgres://dev/a", schema: "postern" });

  writeFileSync(join(folder, ".env"), 'DATABASE_URL="postgres://file/a"\nDATABASE_SCHEMA=auth\n');
  expect(read()).toEqual({ databaseUrl: "postgres://file/a", schema: "auth" });
  expect(read({ DATABASE_URL: "postgresql://shell/a", DATABASE_SCHEMA: "" })).toEqual({
    databaseUrl: "postgresql://shell/a",
    schema: "auth",
  });
});

test("POSTERN_STATE_FOLDER moves the record of pnpm dev, and a broken record counts as none", () => {
  const folder = openFolder();
  const POSTERN_STATE_FOLDER = openFolder();
  writeDevRecord(POSTERN_STATE_FOLDER, "postgres://moved/a");
  const read = () => readSettings({ POSTERN_STATE_FOLDER }, folder).databaseUrl;
  expect(read()).toBe("postgres://moved/a");
  writeFileSync(join(POSTERN_STATE_FOLDER, "dev.json"), "{");
  expect(read()).toBeUndefined();
});

test.for(["Auth", "pg_x", "information_schema", "postern_internal", 'a"b', "a-b", "1a"])(
  "%s is no DATABASE_SCHEMA",
  (DATABASE_SCHEMA) => {
    expect(() => readSettings({ DATABASE_SCHEMA }, "/")).toThrow("DATABASE_SCHEMA");
  },
);
