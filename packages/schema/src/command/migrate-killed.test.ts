import { resolve } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { Sql } from "postgres";
import { expect, test } from "vitest";
import { describeAccounts, openAccounts } from "../migrate/testing/open-accounts.ts";
import { ownUsersMigrations } from "../migrate/testing/own-users-migrations.ts";
import { someSealed } from "../testing/open-tables.ts";
import { startCommand } from "../testing/push-command.ts";

const schemaFile = resolve(import.meta.dirname, "../migrate/testing/accounts-schema.ts");

/** Each DDL statement of ours takes its time, so that it can be killed in the middle of it. */
const slowDown = (sql: Sql) =>
  sql.unsafe(`
    create function public.wait_a_moment() returns event_trigger language plpgsql as
      $$ begin if current_query() not like '%pg_temp%' then perform pg_sleep(0.15); end if; end $$;
    create event trigger wait_a_moment on ddl_command_end
      when tag in ('CREATE TABLE', 'ALTER TABLE', 'CREATE INDEX', 'DROP INDEX', 'CREATE TRIGGER')
      execute function public.wait_a_moment()`);

const REACH_MILLISECONDS_MAX = 20_000;

/** Kills a migration once it works on something, and `after` was said to be done. */
async function killInTheMiddle(
  database: Awaited<ReturnType<typeof openAccounts>>,
  { words = [], after = "" }: { words?: readonly string[]; after?: string | undefined },
) {
  await slowDown(database.sql);
  const all = ["migrate", "--schema", schemaFile, "--without-roles", ...words];
  const { child, finished } = startCommand(all, { environment: { DATABASE_URL: database.url } });
  let told = "";
  child.stderr.on("data", (text) => {
    told += text;
  });
  const limit = AbortSignal.timeout(REACH_MILLISECONDS_MAX);
  while (!told.includes(after) || !(await isInStatement(database.sql))) {
    if (child.exitCode !== null || limit.aborted) {
      child.kill("SIGKILL");
      throw new Error(`It never got there: ${JSON.stringify(await finished)}`);
    }
    await sleep(5);
  }
  child.kill("SIGKILL");
  expect((await finished).code).toBeNull();
  await database.sql`drop event trigger wait_a_moment`;
}

const isInStatement = async (sql: Sql) => {
  const rows = await sql`select from pg_stat_activity where datname = current_database()
    and pid <> pg_backend_pid() and wait_event = 'PgSleep'`;
  return rows.length > 0;
};

const stages = [
  { stage: "016", done: "015", after: "" },
  { stage: "024", done: "019", after: "" },
  { stage: "025", done: "024", after: "" },
  { stage: "025a", done: "024", after: "025_" },
  { stage: "025b", done: "024", after: "025a" },
  { stage: "025c", done: "024", after: "025b" },
  { stage: "025d", done: "024", after: "025c" },
  { stage: "026", done: "025", after: "" },
];

test.for(stages)(
  "killed in the middle of $stage, the next run goes on from there",
  async ({ done: to, after }) => {
    await using database = await openAccounts();
    await database.migrate({ to });
    await killInTheMiddle(database, { after });
    const { done } = await database.migrate();
    expect(done.map(({ version }) => version)).toContain("026_create_security_views");
    expect((await database.migrate()).done).toEqual([]);
    const records = await database.sql`select from postern_internal.schema_migrations`;
    expect(records).toHaveLength(ownUsersMigrations);
    const torsos = await database.sql`select from pg_index where not indisvalid`;
    expect(torsos).toHaveLength(0);
  },
);

test("killed in the middle of 027, both columns stand, and the next run removes both", async () => {
  await using database = await openAccounts();
  await database.migrate();
  await database.sql`update accounts set encrypted_phone_number = ${someSealed}, phone_number_index = account_no`;
  await database.sql`insert into auth.two_factor_auth (user_id, method, encrypted_secret)
    select account_no, 'totp', ${someSealed} from accounts where totp is not null`;
  const before = await describeAccounts(database.sql);
  await killInTheMiddle(database, { words: ["--contract"] });
  expect(await describeAccounts(database.sql)).toEqual(before);
  const { done } = await database.migrate({ contract: true });
  expect(done).toMatchObject([{ version: "027_remove_plain_text_columns", how: "ran" }]);
});

test.for(["", "025d", "025b", "025a", "025_"])(
  "killed on the way back after %s, the next way back arrives",
  async (after) => {
    await using database = await openAccounts();
    await database.migrate({ to: "019" });
    const earlier = await describeAccounts(database.sql);
    await database.migrate({ to: "025" });
    await killInTheMiddle(database, { words: ["--back-to", "019"], after });
    await database.migrate({ backTo: "019" });
    expect(await describeAccounts(database.sql)).toEqual(earlier);
  },
);
