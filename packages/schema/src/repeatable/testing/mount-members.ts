import { bigint, boolean, pgSchema, text, timestamp, varchar } from "drizzle-orm/pg-core";
import type { Sql } from "postgres";
import { createSecuritySchema } from "../../create.ts";
import { findDeclaration } from "../../target.ts";
import { openDatabase } from "../../testing/open-database.ts";

/** An app's own users: other names, other types, and plain text that is still to be encrypted. */
const members = pgSchema("shop").table("member accounts", {
  id: bigint("member_no", { mode: "number" }).primaryKey(),
  mail: text("mail"),
  isVerified: boolean("is_verified"),
  passwordHash: text("pw"),
  cell: varchar("cell", { length: 20 }),
  secret: text("otp_secret"),
  failures: bigint("failures", { mode: "number" }),
  joined: timestamp("joined"),
});

const { pgSchema: _, ...tables } = createSecuritySchema({
  users: members,
  schema: "auth",
  columns: {
    email: members.mail,
    emailVerifiedAt: members.isVerified,
    phoneNumber: members.cell,
    twoFactorSecret: members.secret,
    failedLoginAttempts: members.failures,
    createdAt: members.joined,
  },
});

export const membersTarget = findDeclaration(tables).target;

/** The target with these of its tables only. */
export const membersTargetWith = (...names: readonly string[]) => ({
  ...membersTarget,
  tables: names,
});

/** The default tables, moved over to the app's users: each user_id in their type. */
export async function openMembers() {
  const database = await openDatabase("template");
  await database.sql.unsafe(MOVE);
  return database;
}

const MOVE = `
  create schema shop;
  create table shop."member accounts" (member_no bigint primary key, mail text, is_verified boolean,
    pw text, cell varchar(20), otp_secret text, failures bigint, joined timestamp);
  do $$ declare t text; begin
    drop schema if exists postern_internal cascade;
    for t in select tgrelid::regclass || ' ' || quote_ident(tgname) from pg_trigger where not tgisinternal loop
      execute 'drop trigger ' || quote_ident(split_part(t, ' ', 2)) || ' on ' || split_part(t, ' ', 1);
    end loop;
    for t in select oid::regclass::text from pg_class where relnamespace = 'postern'::regnamespace and relkind = 'v' loop
      execute 'drop view ' || t;
    end loop;
    for t in select oid::regprocedure::text from pg_proc where pronamespace = 'postern'::regnamespace loop
      execute 'drop function ' || t;
    end loop;
    drop table postern.users cascade;
    for t in select attrelid::regclass::text from pg_attribute
      where attname = 'user_id' and attrelid in (select oid from pg_class
        where relnamespace = 'postern'::regnamespace and relkind = 'r') loop
      execute format('alter table %s alter user_id type bigint using null', t);
      execute format('alter table %s add foreign key (user_id) references shop."member accounts"
        on delete %s', t, case when t ~ '(attempts|events|audits|_log)$' then 'set null' else 'cascade' end);
    end loop;
    alter schema postern rename to auth;
  end $$`;

export const addMember = (sql: Sql, no: number) =>
  sql.unsafe(`insert into shop."member accounts" (member_no, mail, cell, pw)
    values (${no}, 'ada@example.com', '+254700000678', '$2b$10$weak')`);
