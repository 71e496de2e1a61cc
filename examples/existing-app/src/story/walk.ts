import { drizzle } from "drizzle-orm/postgres-js";
import postgres, { type Sql } from "postgres";
import type { Database } from "../database.ts";
import { findSuspectOrders } from "../reports/suspect-orders.ts";
import { expectSeen } from "./expect-seen.ts";
import { findInClear } from "./find-in-clear.ts";
import { liveADay, secretTexts } from "./live-a-day.ts";
import { letSignIn, migrateUsers, mountPhase, phases, type Story, useOwnTools } from "./mount.ts";
import { openShop } from "./open-shop.ts";
import { watchShop } from "./watch-shop.ts";

type Tell = (line: string) => void;

/**
 * The whole story on an empty database: the shop as it was, three phases, the migrations, the
 * shop's own tools, a day's work. Throws NotSeenError at the first thing that is not as told.
 */
export async function walk(databaseUrl: string, tell: Tell): Promise<void> {
  const sql = postgres(databaseUrl, { max: 4, onnotice: () => undefined });
  // Drizzle changes how its client reads times, so it has one to itself.
  const client = postgres(databaseUrl, { max: 2, onnotice: () => undefined });
  try {
    await expectEmpty(sql);
    heading(tell, "1. The shop as it was");
    await openShop(databaseUrl);
    const shop = await watchShop(sql);
    tell(`${shop.tables} tables in public, with rows, a view, an enum, a trigger, a sequence.`);
    await mountAll({ databaseUrl, sql, shop, tell });

    heading(tell, "8. A day in the shop");
    await tellDay(sql, drizzle({ client }), tell);
  } finally {
    await Promise.all([sql.end(), client.end()]);
  }
}

async function mountAll(story: Story): Promise<void> {
  for (const [index, phase] of phases.entries()) {
    heading(story.tell, `${index + 2}. Phase ${index + 1}: ${phase.tables} tables`);
    await mountPhase(story, phase);
  }
  heading(story.tell, "5. The columns of users, and the views");
  await migrateUsers(story);
  heading(story.tell, "6. What the auth service needs of an account");
  await letSignIn(story);
  heading(story.tell, "7. The shop's own tools go on");
  await useOwnTools(story);
}

async function tellDay(sql: Sql, db: Database, tell: Tell): Promise<void> {
  const { reused, changed } = await liveADay(db);
  expectSeen(reused === "reused", "the present password refused as a new one");
  expectSeen(changed === "changed", "another password taken");
  for (const [table, rows] of Object.entries(await countRows(sql))) {
    expectSeen(rows.found === rows.told, `${rows.told} rows in ${table}; there are ${rows.found}`);
    tell(`${table}: ${rows.found}`);
  }
  const [suspect, ...more] = await findSuspectOrders(db);
  expectSeen(suspect !== undefined && more.length === 1, "two orders of one customer in the join");
  tell(`To look at: order ${suspect.number} of ${suspect.fullName}, ${suspect.result}.`);
  const inClear = await findInClear(sql, secretTexts);
  expectSeen(inClear.length === 0, `nothing in clear; there is ${inClear.join(", ")}`);
  tell("No address, number, password or secret stands in clear in Postern's tables.");
}

/** What a day leaves behind: the old password's row is the trigger's. */
async function countRows(sql: Sql) {
  const told = {
    login_attempts: 3,
    security_events: 2,
    email_delivery_log: 1,
    sms_delivery_log: 1,
    password_history: 1,
  };
  const counts = await Promise.all(
    Object.entries(told).map(async ([table, rows]) => {
      const [row] = await sql`select count(*)::int as rows from ${sql("security")}.${sql(table)}`;
      return [table, { told: rows, found: Number(row?.rows) }] as const;
    }),
  );
  return Object.fromEntries(counts);
}

/** The walk makes the shop itself, so it must not come upon anybody's tables. */
async function expectEmpty(sql: Sql): Promise<void> {
  const found = await sql`select 1 from pg_class c join pg_namespace n on n.oid = relnamespace
    where nspname !~ '^pg_' and nspname <> 'information_schema' limit 1`;
  expectSeen(found.length === 0, "an empty database to tell the story on");
}

function heading(tell: Tell, text: string): void {
  tell("");
  tell(text);
}
