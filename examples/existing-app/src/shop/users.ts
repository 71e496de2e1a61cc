import {
  userAccountColumns,
  userEncryptedColumns,
  userEncryptedRules,
  userSecurityColumns,
  userSecurityRules,
} from "@postern/schema";
import { sql } from "drizzle-orm";
import {
  boolean,
  integer,
  pgTable,
  serial,
  text,
  timestamp,
  uniqueIndex,
  varchar,
} from "drizzle-orm/pg-core";

/**
 * Customers and staff. The last three lines of columns came with Postern, and for its auth service
 * an index on the lower-case address and a password that may be missing. The rest is as it was.
 */
export const users = pgTable(
  "users",
  {
    id: serial("id").primaryKey(),
    emailAddress: text("email_address").notNull().unique(),
    fullName: text("full_name").notNull(),
    phoneNumber: varchar("phone_number", { length: 20 }),
    twoFactorSecret: text("two_factor_secret"),
    pwHash: text("pw_hash"),
    isBlocked: boolean("is_blocked").notNull().default(false),
    joinedAt: timestamp("joined_at", { withTimezone: true }).notNull().defaultNow(),
    ...userSecurityColumns(),
    ...userEncryptedColumns(),
    ...userAccountColumns(),
  },
  (t) => [
    ...userSecurityRules("users", t),
    ...userEncryptedRules("users", t),
    uniqueIndex("users_email_address_lower").on(sql`lower(${t.emailAddress})`),
  ],
);

export const addresses = pgTable("addresses", {
  id: serial("id").primaryKey(),
  userId: integer("user_id")
    .notNull()
    .references(() => users.id, { onDelete: "cascade" }),
  street: text("street").notNull(),
  town: text("town").notNull(),
  country: varchar("country", { length: 2 }).notNull().default("KE"),
});

export const roles = pgTable("roles", {
  id: serial("id").primaryKey(),
  name: text("name").notNull().unique(),
});

export const userRoles = pgTable(
  "user_roles",
  {
    id: serial("id").primaryKey(),
    userId: integer("user_id")
      .notNull()
      .references(() => users.id, { onDelete: "cascade" }),
    roleId: integer("role_id")
      .notNull()
      .references(() => roles.id),
  },
  (t) => [uniqueIndex("user_roles_pair").on(t.userId, t.roleId)],
);

export const newsletterSubscriptions = pgTable("newsletter_subscriptions", {
  id: serial("id").primaryKey(),
  userId: integer("user_id").references(() => users.id, { onDelete: "set null" }),
  topic: text("topic").notNull(),
  subscribedAt: timestamp("subscribed_at", { withTimezone: true }).notNull().defaultNow(),
});
