import { execFile } from "node:child_process";
import { mkdtempSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { promisify } from "node:util";
import { is } from "drizzle-orm";
import { PgTable } from "drizzle-orm/pg-core";
import { expect, test } from "vitest";
import { bindDefaultTables } from "../bind-default-tables.ts";
import * as declared from "../push/declared-tables.ts";
import { openDatabase } from "../testing/open-database.ts";
import { startPush } from "../testing/push-command.ts";
import { readDrizzleConfig } from "./drizzle-config.ts";

const repositoryFolder = resolve(import.meta.dirname, "../../../..");

const tableNames = Object.entries(bindDefaultTables("auth"))
  .filter(([, value]) => is(value, PgTable))
  .map(([name]) => name);

/** A folder with the repository's own drizzle.config.ts, and no .env and no `pnpm dev`. */
function openCheckout(): string {
  const folder = mkdtempSync(join(tmpdir(), "postern-checkout-"));
  for (const name of ["packages", "node_modules"]) {
    symlinkSync(join(repositoryFolder, name), join(folder, name));
  }
  const config = readFileSync(join(repositoryFolder, "drizzle.config.ts"), "utf8");
  writeFileSync(join(folder, "drizzle.config.ts"), config);
  writeFileSync(join(folder, "package.json"), '{ "type": "module" }');
  return folder;
}

test("db:generate needs no database and follows DATABASE_SCHEMA", async () => {
  const folder = openCheckout();
  const program = join(repositoryFolder, "node_modules/drizzle-kit/bin.cjs");
  const args = [program, "generate", "--name", "first"];
  await promisify(execFile)(process.execPath, args, {
    cwd: folder,
    env: { DATABASE_SCHEMA: "auth" },
  });
  const sql = readFileSync(join(folder, ".postern/drizzle/0000_first.sql"), "utf8");
  expect(sql).toContain('CREATE SCHEMA "auth"');
  expect(sql.match(/CREATE TABLE "auth"\."/g)).toHaveLength(tableNames.length);
  expect(sql).not.toContain('"postern"');
});

test("db:push says that it needs a database, and finds that of a running pnpm dev", async () => {
  const folder = openCheckout();
  const missing = await startPush([], { folder }).finished;
  expect(missing.code).toBe(1);
  expect(missing.stderr).toMatch(/^db:push: DATABASE_URL is not set\. .*\n$/);

  await using database = await openDatabase("template");
  writeFileSync(join(folder, "dev.json"), JSON.stringify({ databaseUrl: database.url }));
  const environment = { POSTERN_STATE_FOLDER: folder };
  const found = await startPush(["--check"], { folder, environment }).finished;
  expect(found).toMatchObject({ code: 0, stderr: "" });
});

test("what drizzle-kit is given are all the tables", () => {
  expect(Object.keys(declared).toSorted()).toEqual(["pgSchema", ...tableNames].toSorted());
});

const url = "postgres://ada:p%2Fw@db.example:5433/shop";
const parts = { host: "db.example", port: 5433, user: "ada", password: "p/w", database: "shop" };

test.for([
  ["a URL", { url }, url],
  ["its parts", parts, url],
  ["no user", { host: "db.example", database: "shop" }, "postgres://db.example:5432/shop"],
  ["ssl: true", { ...parts, ssl: true }, `${url}?sslmode=verify-full`],
  ["a mode", { ...parts, ssl: "prefer" }, `${url}?sslmode=prefer`],
  ["options of TLS", { ...parts, ssl: { rejectUnauthorized: false } }, `${url}?sslmode=require`],
  ["an IPv6 address", { ...parts, host: "::1" }, "postgres://ada:p%2Fw@[::1]:5433/shop"],
  ["nothing", {}, undefined],
] as const)("drizzle.config.json may say where the database is by %s", async (it) => {
  const [, dbCredentials, databaseUrl] = it;
  const folder = mkdtempSync(join(tmpdir(), "postern-config-"));
  const config = JSON.stringify({ schema: "./db.ts", dbCredentials });
  writeFileSync(join(folder, "drizzle.config.json"), config);
  expect(await readDrizzleConfig(folder)).toEqual({ databaseUrl, schema: "./db.ts" });
});
