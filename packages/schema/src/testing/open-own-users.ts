import { integer, pgTable, serial, text, timestamp } from "drizzle-orm/pg-core";
import { drizzle } from "drizzle-orm/postgres-js";
import { createSecuritySchema } from "../create.ts";
import { openDatabase } from "./open-database.ts";

/** A users table of an app's own: ids by number, names of its own, and not all that ours has. */
export const members = pgTable("members", {
  id: serial("id").primaryKey(),
  secret: text("secret"),
  failures: integer("failures").notNull().default(0),
  accountLockedUntil: timestamp("locked", { withTimezone: true }),
  lastLoginAt: timestamp("last_seen", { withTimezone: true }),
});

export const own = createSecuritySchema({
  users: members,
  schema: "security",
  columns: { passwordHash: members.secret, failedLoginAttempts: members.failures },
});

const LOGS = [
  "login_attempts",
  "security_events",
  "password_history",
  "email_delivery_log",
  "sms_delivery_log",
];

/**
 * The tables bound to `members`, which has one row, in a database of one test's own. They are
 * copies of the pushed ones, so that what is tested here does not hang on the push.
 */
export async function openOwnUsers() {
  const { sql, ...database } = await openDatabase("template");
  await sql.unsafe(`
    create schema security;
    create table members (id serial primary key, secret text, failures integer not null default 0,
      locked timestamptz, last_seen timestamptz);
    insert into members default values;
    ${LOGS.map(
      (table) => `create table security.${table} (like postern.${table} including all);
        alter table security.${table} alter user_id type integer using null,
          add foreign key (user_id) references members;`,
    ).join("\n")}`);
  return { ...database, db: drizzle({ client: sql }), userId: 1 };
}
