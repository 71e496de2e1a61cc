import { randomUUID } from "node:crypto";
import { expect, test } from "vitest";
import { openMounted } from "./testing/mount.ts";
import { appendOnlyTables } from "./units.ts";

async function openWithLogs() {
  const database = await openMounted();
  const { sql } = database;
  const userId = randomUUID();
  await sql`insert into postern.users (id, email) values (${userId}, 'ada@example.com')`;
  await sql`insert into postern.login_attempts (identifier_hint, identifier_index, user_id,
    attempt_result) values ('a***@example.com', ${"A".repeat(22)}, ${userId}, 'success')`;
  await sql`insert into postern.security_events (event_type, user_id, metadata)
    values ('otp_sent', ${userId}, '{"a": 1}')`;
  await sql`insert into postern.session_audits (session_id, action, user_id)
    values (gen_random_uuid(), 'started', ${userId})`;
  return { ...database, sql, userId };
}

test.for([
  ...["delete from %", "truncate %", "truncate % cascade", "delete from % where false"],
  "update % set created_at = now() - interval '1 year'",
  "update % set user_id = null, created_at = now() - interval '1 year'",
  "update % set user_id = user_id",
  "merge into % t using (select 1) s on true when matched then delete",
])("the owner itself is refused: %s", async (statement) => {
  await using database = await openWithLogs();
  for (const log of appendOnlyTables) {
    const run = database.sql.unsafe(statement.replace("%", `postern.${log}`));
    await expect(run).rejects.toMatchObject({ code: "42501", message: /is append-only/ });
    expect(await database.sql.unsafe(`select from postern.${log}`)).toHaveLength(1);
  }
});

test.for([
  "truncate postern.users cascade",
  `insert into postern.session_audits (id, session_id, action) overriding system value
    select id, session_id, 'ended' from postern.session_audits
    on conflict (id) do update set action = excluded.action`,
  "update postern.security_events set user_id = (select id from postern.users where email = 'eve@example.com')",
  `with recursive gone as (delete from postern.login_attempts returning id) select * from gone`,
])("nor is there a way round: %s", async (statement) => {
  await using database = await openWithLogs();
  await database.sql`insert into postern.users (email) values ('eve@example.com')`;
  await expect(database.sql.unsafe(statement)).rejects.toThrow("is append-only");
});

test("erasing the account takes its id away and leaves the rest", async () => {
  await using database = await openWithLogs();
  await database.sql`delete from postern.users`;
  for (const log of appendOnlyTables) {
    const rows = await database.sql.unsafe(`select user_id from postern.${log}`);
    expect([...rows]).toEqual([{ user_id: null }]);
  }
});

test("the gate closes with the transaction that opened it", async () => {
  await using database = await openWithLogs();
  await database.sql.begin(async (tx) => {
    await tx`select set_config('postern.append_only', 'off', true)`;
    await tx`delete from postern.security_events`;
  });
  await expect(database.sql`delete from postern.login_attempts`).rejects.toThrow("append-only");
});

test("old rows go in steps of a thousand at most, by a role that may do nothing else", async () => {
  await using database = await openWithLogs();
  const { sql } = database;
  await sql`insert into postern.security_events (event_type, created_at)
    select 'old', now() - interval '500 days' from generate_series(1, 1500)`;
  const steps = await sql.begin(async (tx) => {
    await tx`set local role postern_retention`;
    const removed = [];
    for (const rows of [5000, 200, null, 1000]) {
      const [step] =
        await tx`select postern.retention_step('security_events', '400 days', ${rows})`;
      removed.push(Number(step?.retention_step));
    }
    return removed;
  });
  expect(steps).toEqual([1000, 200, 300, 0]);
  expect(await sql`select from postern.security_events`).toHaveLength(1);
  await expect(sql`delete from postern.security_events`).rejects.toThrow("append-only");
});

test("refresh tokens go by the absolute end of their session", async () => {
  await using database = await openWithLogs();
  const { sql, userId } = database;
  const ends = (days: number) => sql`insert into postern.refresh_tokens (family_id, user_id,
      token_hash, amr, expires_at, absolute_expires_at, created_at)
    values (gen_random_uuid(), ${userId}, ${`${randomUUID()}_______`}, 'pwd', now() - interval '60 days',
      now() - make_interval(days => ${days}), now() - interval '90 days')`;
  await ends(31);
  await ends(29);
  const [step] = await sql`select postern.retention_step('refresh_tokens', '30 days')`;
  expect(Number(step?.retention_step)).toBe(1);
});

test.for([
  { name: "a table of the app's", call: "'users', '30 days'", message: /none of our logs/ },
  { name: "a name with SQL in it", call: `'x"; drop table y; --', '30 days'`, message: /none of/ },
  { name: "no table", call: "null, '30 days'", message: /none of our logs/ },
  { name: "less than a day", call: "'security_events', '23 hours'", message: /a day at least/ },
  { name: "a time to come", call: "'security_events', '-1 day'", message: /a day at least/ },
  { name: "no time", call: "'security_events', null", message: /a day at least/ },
])("retention refuses $name", async ({ call, message }) => {
  await using database = await openWithLogs();
  const step = database.sql.unsafe(`select postern.retention_step(${call})`);
  await expect(step).rejects.toThrow(message);
});
