import { mkdirSync, mkdtempSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { expect, test } from "vitest";
import { openDatabase, type TestDatabase } from "../testing/open-database.ts";
import { startCommand } from "../testing/push-command.ts";

const packageFolder = resolve(import.meta.dirname, "../..");

/** A shop that is no part of this repository, with the package in its node_modules. */
function openShop(files: Readonly<Record<string, string>>): string {
  const folder = mkdtempSync(join(tmpdir(), "postern-shop-"));
  mkdirSync(join(folder, "node_modules/@postern"), { recursive: true });
  symlinkSync(packageFolder, join(folder, "node_modules/@postern/schema"));
  symlinkSync(
    join(packageFolder, "node_modules/drizzle-orm"),
    join(folder, "node_modules/drizzle-orm"),
  );
  const all = { "package.json": '{ "type": "module" }', ...files };
  for (const [name, text] of Object.entries(all)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), text);
  }
  return folder;
}

const members = `import { integer, pgTable } from "drizzle-orm/pg-core";
  export const members = pgTable("members", { id: integer("id").primaryKey() });`;
const security = (specifier: string) => `
  import { createSecuritySchema } from "@postern/schema";
  import { members } from "${specifier}";
  export const { pgSchema, loginAttempts, securityEvents } = createSecuritySchema({
    users: members, schema: "security" });`;
const plain = { "db/members.ts": members, "db/security.ts": security("./members.ts") };

const run = (words: readonly string[], folder: string, environment = {}) =>
  startCommand(words, { folder, environment }).finished;

/** As psql does: on one connection. */
async function runScript({ sql }: TestDatabase, script: string): Promise<void> {
  const connection = await sql.reserve();
  await connection.unsafe(script);
  connection.release();
}

async function openMembers() {
  const database = await openDatabase();
  await database.sql`create table members (id integer primary key)`;
  return database;
}

test("--schema, --check and check, --sql that psql can run, and the push itself", async () => {
  await using database = await openMembers();
  const folder = openShop(plain);
  const environment = { DATABASE_URL: database.url };
  const words = ["--schema", "db/security.ts", "--without-roles"];
  const checked = await run(["check", ...words], folder, environment);
  expect(checked).toMatchObject({
    code: 1,
    stderr: expect.stringMatching(/^note: public.members/),
  });
  expect(checked.stdout).toMatch(/\d+ statements to run: postern-schema push\n$/);

  const printed = await run(["push", "--sql", ...words], folder, environment);
  expect(printed.code).toBe(0);
  expect(printed.stdout).toMatch(/^BEGIN;\n\nSET LOCAL [\s\S]*?\n\nCREATE SCHEMA "security";/);
  const made = () => database.sql`select from pg_namespace where nspname = 'security'`;
  expect(await made()).toHaveLength(0);
  await runScript(database, printed.stdout.replace("COMMIT;", "ROLLBACK;"));

  const pushed = await run(["push", ...words], folder, environment);
  expect(pushed).toMatchObject({
    code: 0,
    stdout: expect.stringContaining("2 tables in security"),
  });
  expect(await run(["check", ...words], folder, environment)).toMatchObject({ code: 0 });
});

test("sql needs no database, and an empty one takes what it prints", async () => {
  const folder = openShop(plain);
  const { code, stdout } = await run(["sql", "--schema", "db/security.ts"], folder);
  expect(code).toBe(0);
  await using database = await openMembers();
  await runScript(database, stdout);
  const wish = ["check", "--schema", "db/security.ts", "--json"];
  const check = await run(wish, folder, { DATABASE_URL: database.url });
  const tableSteps = (JSON.parse(check.stdout) as { steps: { sql: string }[] }).steps.filter(
    ({ sql }) => /^(CREATE TABLE|CREATE (UNIQUE )?INDEX|ALTER TABLE)/.test(sql),
  );
  expect(tableSteps).toEqual([]);
});

const imports = { "db/members.ts": members, "db/security.ts": security("./members") };
const config = (schema: string, url: string) =>
  `enum Dialect { Postgres = "postgresql" }
   export default { dialect: Dialect.Postgres, schema: ${schema}, dbCredentials: { url: "${url}" } };`;

test.for([
  '"./db/security.ts"',
  '["./db/members.ts", "./db/security.ts"]',
  '"./db/*.ts"',
  '"./db"',
])("drizzle.config.ts may name %s; enums and imports without an extension load", async (schema) => {
  await using database = await openMembers();
  const folder = openShop({ ...imports, "drizzle.config.ts": config(schema, database.url) });
  expect(await run(["push", "--without-roles"], folder)).toMatchObject({ code: 0 });
  expect(await run(["check", "--without-roles"], folder)).toMatchObject({ code: 0 });
});

test("paths of tsconfig.json, and a CommonJS module that spreads its exports, load", async () => {
  const folder = openShop({
    "db/members.ts": members,
    "db/security.ts": security("@shop/members"),
    "db/security.cjs": `const { integer, pgTable } = require("drizzle-orm/pg-core");
      const { createSecuritySchema } = require("@postern/schema");
      const users = pgTable("members", { id: integer("id").primaryKey() });
      module.exports = { users, ...createSecuritySchema({ users, schema: "security" }) };`,
    "tsconfig.json": '{ "compilerOptions": { "paths": { "@shop/*": ["./db/*"] } } }',
  });
  for (const file of ["db/security.ts", "db/security.cjs"]) {
    const { code, stdout } = await run(["sql", "--schema", file], folder);
    expect({ file, code }).toEqual({ file, code: 0 });
    expect(stdout).toContain('CREATE TABLE "security"."login_attempts"');
  }
});

test("a mistake is one line with the fix", async () => {
  const folder = openShop({
    "empty.ts": "export const nothing = 1;",
    "throws.ts": 'throw new Error("no such\\nthing");',
  });
  const environment = { DATABASE_URL: "postgres://a/b" };
  const lines = [
    { words: ["pull"], line: /^postern-schema: There is no command pull, but push, check/ },
    { words: ["push"], line: /^postern-schema push: No schema file is named\. Say --schema/ },
    { words: ["push", "--schema", "a.ts"], line: /: a\.ts names no file with tables\./ },
    { words: ["sql", "--schema", "empty.ts"], line: /: It exports none of our tables\./ },
    { words: ["sql", "--schema", "throws.ts"], line: /: throws\.ts cannot be loaded: no such$/m },
    { words: ["check", "--role-prefix", "A"], line: /: --role-prefix must be a plain/ },
    { words: ["push", "--chek"], line: /Unknown option '--chek'\. See postern-schema push --help/ },
  ];
  for (const { words, line } of lines) {
    const { code, stdout, stderr } = await run(words, folder, environment);
    expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
    expect(stderr).toMatch(line);
    expect(stderr.trimEnd()).not.toContain("\n");
  }
});

test.for([["--help"], ["push", "--help"], ["check", "--help"], ["sql", "--help"]])(
  "%s tells how it is used",
  async (words) => {
    const { code, stdout, stderr } = await run(words, openShop({}));
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(stdout).toMatch(/^Usage: postern-schema /);
  },
);
