import { writeFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { openAccounts } from "../migrate/testing/open-accounts.ts";
import { ownUsersMigrations } from "../migrate/testing/own-users-migrations.ts";
import type { TestDatabase } from "../testing/open-database.ts";
import { startCommand } from "../testing/push-command.ts";

const schemaFile = resolve(import.meta.dirname, "../migrate/testing/accounts-schema.ts");

const migrate = (url: string, ...words: string[]) =>
  startCommand(["migrate", "--schema", schemaFile, "--without-roles", ...words], {
    environment: { DATABASE_URL: url },
  }).finished;

test("the command runs what is missing, then says what waits, and exits 0", async () => {
  await using database = await openAccounts();
  const first = await migrate(database.url);
  expect(first).toMatchObject({ code: 0 });
  expect(first.stdout).toMatch(
    new RegExp(
      `^Done in .*: ${ownUsersMigrations} migrations of auth\\.\n027_remove_plain_text_columns waits for --contract\\.\n$`,
    ),
  );
  expect(first.stderr).toMatch(/^ {2}024_add_security_tracking_columns +\d+ ms$/m);
  const again = await migrate(database.url);
  expect(again).toMatchObject({ code: 0, stderr: expect.stringMatching(/^note: .*\n$/) });
  expect(again.stdout).toMatch(/^Nothing to do: auth is migrated\./);
});

test("--status names each migration and changes nothing", async () => {
  await using database = await openAccounts();
  const before = await migrate(database.url, "--status");
  expect(before.stdout).toMatch(/^001_users +not declared\n002_login_attempts +pending\n/);
  expect(await database.sql`select to_regnamespace('auth') as home`).toEqual([{ home: null }]);
  await database.migrate({ to: "024" });
  const { stdout } = await migrate(database.url, "--status", "--json");
  const { migrations } = JSON.parse(stdout);
  expect(migrations).toContainEqual({
    version: "024_add_security_tracking_columns",
    state: "ran",
    executedAt: expect.stringMatching(/^20.*Z$/),
    milliseconds: expect.any(Number),
  });
  expect(migrations).toContainEqual(
    expect.objectContaining({
      version: "027_remove_plain_text_columns",
      state: "waits for --contract",
    }),
  );
});

/** As psql does: on one connection. */
async function runScript({ sql }: TestDatabase, script: string): Promise<void> {
  const connection = await sql.reserve();
  // A driver sends several statements as one transaction, which CONCURRENTLY does not bear.
  await connection.unsafe(script.replaceAll(" concurrently", ""));
  connection.release();
}

test("--sql prints what would run, psql's words are enough to run it, and a run then adopts all", async () => {
  await using database = await openAccounts();
  const { stdout, code } = await migrate(database.url, "--sql");
  expect(code).toBe(0);
  expect(await database.sql`select to_regnamespace('auth') as home`).toEqual([{ home: null }]);
  await runScript(database, stdout);
  expect(await migrate(database.url, "--sql")).toMatchObject({ stdout: "-- Nothing to run.\n" });
  const { done } = await database.migrate();
  expect(done).toHaveLength(ownUsersMigrations);
  expect(new Set(done.map(({ how }) => how))).toEqual(new Set(["adopted"]));
});

test.for([
  { words: ["--to", "099"], line: /^postern-schema migrate: There is no migration 099\..*\n$/ },
  { words: ["--back-to", "x"], line: /^postern-schema migrate: --back-to takes a number .*\n$/ },
  { words: ["--back-to", "024", "--to", "025"], line: /--back-to goes alone.*\n$/ },
  {
    words: ["--nonsense"],
    line: /Unknown option '--nonsense'\. See postern-schema migrate --help\.\n$/,
  },
  {
    words: ["--to", "027"],
    line: /\npostern-schema migrate: 027.* was refused, .*--contract.*\n$/,
  },
])("$words is answered with one line and exit 1", async ({ words, line }) => {
  await using database = await openAccounts();
  const { code, stdout, stderr } = await migrate(database.url, ...words);
  expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
  expect(stderr).toMatch(line);
});

test("tables left in one object are named in a line that says how to export them", async () => {
  const folder = await mkdtemp(join(import.meta.dirname, ".migrate-"));
  onTestFinished(() => rm(folder, { recursive: true }));
  const file = join(folder, "schema.ts");
  writeFileSync(
    file,
    `import { accounts } from "../../migrate/testing/accounts-schema.ts";
     import { createSecuritySchema } from "../../create.ts";
     export const security = createSecuritySchema({ users: { ...accounts, id: accounts.no } });`,
  );
  const environment = { DATABASE_URL: "postgres://a/b" };
  expect(await startCommand(["migrate", "--schema", file], { environment }).finished).toMatchObject(
    {
      code: 1,
      stderr: expect.stringMatching(
        /^postern-schema migrate: Its tables lie in the object security, .* Write: export const \{ pgSchema, loginAttempts, .* \} = security;\n$/,
      ),
    },
  );
});

test("without a database there is one line that says where to name it", async () => {
  const folder = await mkdtemp(join(tmpdir(), "migrate-"));
  writeFileSync(join(folder, "package.json"), "{}");
  const { finished } = startCommand(["migrate", "--schema", schemaFile], { folder });
  expect(await finished).toMatchObject({
    code: 1,
    stderr: expect.stringMatching(/^postern-schema migrate: DATABASE_URL is not set\. .*\n$/),
  });
});
