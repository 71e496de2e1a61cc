import { writeFileSync } from "node:fs";
import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import type { Sql } from "postgres";
import { expect, test } from "vitest";
import { openAccounts } from "../migrate/testing/open-accounts.ts";
import { startCommand } from "../testing/push-command.ts";

const schemaFile = resolve(import.meta.dirname, "../migrate/testing/open-accounts.ts");

const start = (url: string, words: readonly string[]) =>
  startCommand(["migrate", "--schema", schemaFile, "--without-roles", ...words], {
    environment: { DATABASE_URL: url },
  });

const migrate = (url: string, ...words: string[]) => start(url, words).finished;

test("the command runs what is missing, then says what waits, and exits 0", async () => {
  await using database = await openAccounts();
  const first = await migrate(database.url);
  expect(first).toMatchObject({ code: 0 });
  expect(first.stdout).toMatch(
    /^Done in .*: 22 migrations of auth\.\n027_remove_plain_text_columns waits for --contract\.\n$/,
  );
  expect(first.stderr).toMatch(/^ {2}024_add_security_tracking_columns +\d+ ms$/m);
  const again = await migrate(database.url);
  expect(again).toMatchObject({ code: 0 });
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
  expect(migrations.at(-1).state).toBe("waits for --contract");
});

test("--sql prints what would run, and psql's words are enough to run it", async () => {
  await using database = await openAccounts();
  const { stdout, code } = await migrate(database.url, "--sql", "--to", "025");
  expect(code).toBe(0);
  expect(await database.sql`select to_regnamespace('auth') as home`).toEqual([{ home: null }]);
  // A driver sends several statements as one transaction, which CONCURRENTLY does not bear.
  await database.sql.unsafe(stdout.replaceAll(" concurrently", ""));
  const { done } = await database.migrate({ to: "025" });
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

test("without a database there is one line that says where to name it", async () => {
  const folder = await mkdtemp(join(tmpdir(), "migrate-"));
  writeFileSync(join(folder, "package.json"), "{}");
  const { finished } = startCommand(["migrate", "--schema", schemaFile], { folder });
  expect(await finished).toMatchObject({
    code: 1,
    stderr: expect.stringMatching(/^postern-schema migrate: DATABASE_URL is not set\. .*\n$/),
  });
});

/** Each DDL statement of ours takes its time, so that it can be killed in the middle of it. */
const slowDown = (sql: Sql) =>
  sql.unsafe(`
    create function public.wait_a_moment() returns event_trigger language plpgsql as
      $$ begin if current_query() not like '%pg_temp%' then perform pg_sleep(0.15); end if; end $$;
    create event trigger wait_a_moment on ddl_command_end
      when tag in ('CREATE TABLE', 'ALTER TABLE', 'CREATE INDEX', 'CREATE TRIGGER')
      execute function public.wait_a_moment()`);

test.for(["016", "024", "025_", "025a", "025b", "025d", "026"])(
  "killed in the middle of %s, the next run goes on from there",
  async (version) => {
    await using database = await openAccounts();
    const predecessor = { "016": "015", "024": "016" }[version] ?? "024";
    await database.migrate({ to: predecessor });
    await slowDown(database.sql);
    const { child, finished } = start(database.url, []);
    const seen = Promise.withResolvers<void>();
    const until = { "025a": "025_", "025b": "025a", "025d": "025c", "026": "025d" }[version];
    child.stderr.on("data", (text) => until && String(text).includes(until) && seen.resolve());
    child.stderr.on("data", () => until || seen.resolve());
    if (!until) await waitForDdl(database.sql);
    else await seen.promise;
    child.kill("SIGKILL");
    expect((await finished).code).toBeNull();
    await database.sql`drop event trigger wait_a_moment`;

    const { done } = await database.migrate();
    expect(done.at(-1)?.version).toBe("026_create_security_views");
    expect((await database.migrate()).done).toEqual([]);
    const records = await database.sql`select from postern_internal.schema_migrations`;
    expect(records).toHaveLength(22);
    const torsos = await database.sql`select from pg_index where not indisvalid`;
    expect(torsos).toHaveLength(0);
  },
);

/** Until a statement of the migration has been reached. */
async function waitForDdl(sql: Sql): Promise<void> {
  for (;;) {
    const rows = await sql`select from pg_stat_activity where datname = current_database()
      and pid <> pg_backend_pid() and wait_event = 'PgSleep'`;
    if (rows.length > 0) return;
  }
}
