import { createSecuritySchema } from "@postern/schema";
import { migrateSecuritySchema } from "@postern/schema/migrate";
import { integer, pgTable, text } from "drizzle-orm/pg-core";
import postgres from "postgres";
import type { BenchRun, Figure } from "./bench.ts";
import { runWriters, type Stalls } from "./writers.ts";

const ROWS = 2_000_000;
const WRITERS = 6;
const QUIET_SECONDS = 5;

/** As an operator would run it: nothing of the throw-away settings is left. */
const DURABLE = {
  fsync: "on",
  synchronous_commit: "on",
  full_page_writes: "on",
  autovacuum: "on",
  max_wal_size: "1GB",
};

const accounts = pgTable("accounts", {
  id: integer("id").primaryKey().generatedAlwaysAsIdentity(),
  email: text("email").notNull(),
  phoneNumber: text("phone_number"),
  orders: integer("orders").notNull().default(0),
});
const exports = createSecuritySchema({ users: accounts, schema: "auth" });

const FILL = `
  create table accounts (id integer primary key generated always as identity, email text not null,
    phone_number text, orders integer not null default 0) with (fillfactor = 80);
  insert into accounts (email, phone_number)
    select n || '@example.com', '+2547' || lpad(n::text, 8, '0') from generate_series(1, ${ROWS}) n`;

/** The same columns, rules and indexes as drizzle-kit writes and its migrator runs them. */
const NAIVE = `
  alter table accounts add column last_login_at timestamptz;
  alter table accounts add column last_login_ip inet;
  alter table accounts add column failed_login_attempts integer default 0 not null;
  alter table accounts add column account_locked_until timestamptz;
  alter table accounts add column password_changed_at timestamptz;
  alter table accounts add column password_expires_at timestamptz;
  alter table accounts add column last_activity_at timestamptz;
  alter table accounts add column session_count integer default 0 not null;
  alter table accounts add column encrypted_phone_number text;
  alter table accounts add column phone_number_index varchar(22);
  alter table accounts add column phone_number_hint varchar(32);
  alter table accounts add constraint accounts_phone_is_sealed
    check (encrypted_phone_number ~ '^pe1[.][A-Za-z0-9_-]{46,}$');
  alter table accounts add constraint accounts_phone_has_index
    check ((encrypted_phone_number is null) = (phone_number_index is null));
  alter table accounts add constraint accounts_counts_are_not_negative
    check (failed_login_attempts >= 0 and session_count >= 0);
  create index accounts_locked on accounts (account_locked_until)
    where account_locked_until is not null;
  create index accounts_failing on accounts (failed_login_attempts)
    where failed_login_attempts > 0;
  create unique index accounts_phone_number_index_key on accounts (phone_number_index)`;

/**
 * The longest that a write waits while the stages 024 to 026 run on a table of two million rows
 * under six writers, and while the naive way does the same to a copy of it.
 */
export async function benchMigrate({ say, startPostgres }: BenchRun): Promise<Figure[]> {
  const server = await startPostgres({ settings: DURABLE });
  const ours = await fill(server.url, say);
  const naive = await copy(server.url, "naive");
  const wish = { databaseUrl: ours, exports };
  await migrateSecuritySchema({ ...wish, to: "016" });

  say(`nothing but the writers for ${QUIET_SECONDS} s`);
  const quiet = await underWriters(ours, () => pause(QUIET_SECONDS));
  say("024 to 026 by postern-schema migrate");
  const stages = await underWriters(ours, () => migrateSecuritySchema(wish));
  say("the same by plain ALTER TABLE and CREATE INDEX in one transaction");
  const plain = await underWriters(naive, () => runNaive(naive));
  return [
    { name: "worst write, 024 to 026", value: stages.worst, unit: "ms", limit: { atMost: 100 } },
    { name: "p99 of writes, 024 to 026", value: stages.p99, unit: "ms" },
    { name: "worst write, the naive way", value: plain.worst, unit: "ms" },
    { name: "p99 of writes, the naive way", value: plain.p99, unit: "ms" },
    { name: "worst write, naive ÷ ours", value: plain.worst / stages.worst, unit: "ratio" },
    { name: "worst write, nothing else running", value: quiet.worst, unit: "ms" },
    { name: "p99 of writes, nothing else running", value: quiet.p99, unit: "ms" },
    { name: "time taken, 024 to 026", value: stages.seconds, unit: "s" },
    { name: "time taken, the naive way", value: plain.seconds, unit: "s" },
    { name: "writes meanwhile, 024 to 026", value: stages.writes, unit: "rows" },
  ];
}

const pause = (seconds: number) =>
  new Promise<void>((resolve) => setTimeout(resolve, seconds * 1_000));

const underWriters = (url: string, work: () => Promise<unknown>): Promise<Stalls> =>
  runWriters({ url, writers: WRITERS, rows: ROWS }, work);

async function fill(admin: string, say: BenchRun["say"]): Promise<string> {
  say(`${ROWS.toLocaleString("en")} accounts`);
  const url = await make(admin, "ours", "template0");
  await once(url, FILL);
  await once(url, "vacuum (analyze) accounts");
  return url;
}

const copy = (admin: string, name: string) => make(admin, name, "ours");

async function make(admin: string, name: string, template: string): Promise<string> {
  await once(admin, `create database ${name} template ${template}`);
  const url = new URL(admin);
  url.pathname = `/${name}`;
  return url.href;
}

const runNaive = (url: string) => once(url, `begin;${NAIVE};\ncommit`);

async function once(url: string, statement: string): Promise<void> {
  const sql = postgres(url, { max: 1, onnotice: () => undefined });
  await sql.unsafe(statement);
  await sql.end();
}
