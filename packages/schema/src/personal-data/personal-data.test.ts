import { readFileSync } from "node:fs";
import { cloneDatabase } from "@postern/devkit";
import { is } from "drizzle-orm";
import { getTableConfig, PgTable } from "drizzle-orm/pg-core";
import postgres from "postgres";
import { expect, test } from "vitest";
import { bindDefaultTables } from "../bind-default-tables.ts";
import { describeRegister } from "./describe-register.ts";
import { personalData } from "./register.ts";

const tables = Object.values(bindDefaultTables("postern")).flatMap((table) =>
  is(table, PgTable) ? [getTableConfig(table)] : [],
);

test.for(tables.map(({ name, columns }) => [name, columns.map((it) => it.name)] as const))(
  "every column of %s is in the register, once",
  ([name, columns]) => {
    const { personal, impersonal } = personalData[name]!;
    expect([...Object.keys(personal), ...impersonal].sort()).toEqual([...columns].sort());
  },
);

test("the register names no table that there is not", () => {
  expect(Object.keys(personalData).sort()).toEqual(tables.map(({ name }) => name).sort());
});

test("what may be null is cleared, and what may not is blanked", () => {
  for (const { name, columns } of tables) {
    for (const [column, { erased }] of Object.entries(personalData[name]!.personal)) {
      const { notNull } = columns.find((it) => it.name === column)!;
      if (erased === "null" || erased === "blank")
        expect([name, column, notNull]).toEqual([name, column, erased === "blank"]);
    }
  }
});

test("docs/personal-data.md shows the register as it is", () => {
  const page = readFileSync(new URL("../../../../docs/personal-data.md", import.meta.url), "utf8");
  expect(page).toContain(describeRegister());
});

test("after an erasure nothing of the person is left in any table, and the facts are", async () => {
  await using database = await cloneDatabase();
  const sql = postgres(database.url, { max: 1, onnotice: () => undefined });
  const [ada] = await sql`
    insert into postern.users (email, name, password_hash, last_login_ip)
    values ('ada@example.com', 'Ada L', '$x$y', '203.0.113.77') returning id`;
  const id = String(ada!.id);
  const mine = { user_id: id, ip_address: "203.0.113.77", user_agent: "Ada/1.0" };
  const index = "A".repeat(22);
  await sql`insert into postern.login_attempts ${sql([
    {
      ...mine,
      identifier_hint: "a***@example.com",
      identifier_index: index,
      attempt_result: "success",
    },
    {
      ...mine,
      user_id: null,
      identifier_hint: "a***@example.com",
      identifier_index: index,
      attempt_result: "unknown_account",
    },
  ])}`;
  await sql`insert into postern.security_events ${sql([{ ...mine, event_type: "login_success" }])}`;
  await sql`insert into postern.session_audits ${sql([{ ...mine, session_id: crypto.randomUUID(), action: "started" }])}`;
  await sql`insert into postern.email_delivery_log ${sql([
    {
      user_id: id,
      template: "x",
      to_email_hint: "a***@example.com",
      to_email_index: index,
      expires_at: new Date(),
    },
  ])}`;
  await sql`insert into postern.user_devices ${sql([
    { user_id: id, token_hash: "A".repeat(43), name: "Ada's phone", last_ip: "203.0.113.77" },
  ])}`;
  const [before] = await sql`select database_to_xml(true, false, '')::text as dump`;
  expect(before!.dump).toContain("203.0.113.77");

  await sql`set role postern_app`;
  expect(await sql`select postern.erase_user(${id}, ${[index]}) as found`).toEqual([
    { found: true },
  ]);
  await expect(sql`update postern.security_events set ip_address = null`).rejects.toThrow(
    /permission denied/,
  );
  await sql`reset role`;
  await expect(sql`update postern.security_events set severity = 'high'`).rejects.toThrow(
    /append-only/,
  );

  const [after] = await sql`select database_to_xml(true, false, '')::text as dump`;
  for (const trace of ["203.0.113.77", "Ada", "a***@", index, id]) {
    expect(after!.dump).not.toContain(trace);
  }
  const [counts] = await sql`select (select count(*)::int from postern.login_attempts) as attempts,
    (select count(*)::int from postern.security_events) as events,
    (select count(*)::int from postern.email_delivery_log) as mails`;
  expect(counts).toEqual({ attempts: 2, events: 1, mails: 1 });
  expect(await sql`select postern.erase_user(${id}, '{}') as found`).toEqual([{ found: false }]);
  await sql.end();
});
