import { readdirSync } from "node:fs";
import { resolve } from "node:path";
import { expect, test } from "vitest";
import { openWorld } from "../testing/open-world.ts";
import { findInClear } from "./find-in-clear.ts";
import { liveADay, secretTexts } from "./live-a-day.ts";
import { letSignIn, migrateUsers, mountPhase, phases, useOwnTools } from "./mount.ts";

const phase1 = ["email_delivery_log", "login_attempts", "security_events", "sms_delivery_log"];
const phase2 = [...phase1, "password_history", "user_devices"];
const phase3 = [
  ...phase2,
  "account_recovery",
  "alerts",
  "api_keys",
  "attempt_lanes",
  "delivery_receipts",
  "oauth_connections",
  "refresh_tokens",
  "revocations",
  "session_audits",
  "signing_keys",
  "suppressions",
  "two_factor_auth",
];

test("each step adds what it says, twice is once, and the shop stays as it was", {
  timeout: 180_000,
}, async () => {
  await using world = await openWorld();
  const { story, sql } = world;
  const tables = async () => {
    const rows =
      await sql`select tablename from pg_tables where schemaname = 'security' order by 1`;
    return rows.map((row) => row.tablename);
  };
  for (const [index, expected] of [phase1, phase2, phase3].entries()) {
    await mountPhase(story, phases[index]!);
    expect(await tables()).toEqual(expected.toSorted());
  }
  await migrateUsers(story);
  await letSignIn(story);
  await useOwnTools(story);
  // What drizzle-kit wrote here once it would find the next time.
  const migrations = readdirSync(resolve(import.meta.dirname, "../../drizzle"));
  const own = ["0000_shop.sql", "0001_security_columns.sql", "0002_sign_in.sql"];
  expect(migrations.toSorted()).toEqual([...own, "meta"]);
  await liveADay(world.db);
  expect(await findInClear(sql, secretTexts)).toEqual([]);
});

test("what stands in clear is found", async () => {
  await using world = await openWorld();
  await world.sql`create schema security`;
  await world.sql`create table security.notes as select 'To WANJIKU@example.com' as words`;
  expect(await findInClear(world.sql, secretTexts)).toEqual(["notes: Wanjiku@Example.com"]);
});
