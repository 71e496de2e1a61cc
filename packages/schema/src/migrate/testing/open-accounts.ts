import type { Sql } from "postgres";
import { openDatabase } from "../../testing/open-database.ts";
import { migrateSecuritySchema } from "../migrate-security-schema.ts";
import type { MigrateOptions } from "../options.ts";
import * as accountsSchema from "./accounts-schema.ts";

const ACCOUNTS = `
  create table accounts (account_no serial primary key, mail text not null, pw text, mobile text,
    totp text, seen timestamptz, orders integer not null default 0);
  insert into accounts (mail, mobile, totp, seen)
    select n || '@example.com', '+25470000000' || n, case when n = 1 then 'JBSWY3DP' end, now()
    from generate_series(1, 3) n`;

type Wish = Partial<Omit<MigrateOptions, "databaseUrl">>;

/** A database with three accounts, and a way to migrate it. */
export async function openAccounts() {
  const database = await openDatabase();
  await database.sql.unsafe(ACCOUNTS);
  const place = { databaseUrl: database.url, exports: accountsSchema };
  // Roles belong to the whole server, which tests share.
  const migrate = (wish: Wish = {}) => migrateSecuritySchema({ ...place, roles: null, ...wish });
  return { ...database, place, migrate };
}

/** The accounts themselves, in the columns that they had at first. */
export const readAccounts = (sql: Sql) =>
  sql`select account_no, mail, mobile, totp, seen, orders from accounts order by 1`;

/** What the accounts table consists of, in PostgreSQL's own words. */
export const describeAccounts = (sql: Sql) => sql`
  select attname as name, format_type(atttypid, atttypmod) as text from pg_attribute
    where attrelid = 'accounts'::regclass and attnum > 0 and not attisdropped
  union all select conname, pg_get_constraintdef(oid) from pg_constraint
    where conrelid = 'accounts'::regclass
  union all select relname, pg_get_indexdef(oid) || indisvalid from pg_index
    join pg_class on oid = indexrelid where indrelid = 'accounts'::regclass
  union all select tgname, pg_get_triggerdef(oid) from pg_trigger
    where tgrelid = 'accounts'::regclass and not tgisinternal
  order by 1, 2`;
