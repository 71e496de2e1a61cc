import {
  userAccountColumns,
  userEncryptedColumns,
  userEncryptedRules,
  userSecurityColumns,
  userSecurityRules,
} from "@postern/schema";
import { sql } from "drizzle-orm";
import { pgTable, text, timestamp, uniqueIndex } from "drizzle-orm/pg-core";

const newId = sql`'app|' || replace(gen_random_uuid()::text, '-', '')`;

/** An app's users whose ids are texts, in a table whose name is a word of SQL. */
export const users = pgTable(
  "user",
  {
    id: text("id").primaryKey().default(newId),
    email: text("email").notNull(),
    name: text("name").notNull(),
    role: text("role").notNull().default("user"),
    passwordHash: text("password_hash"),
    createdAt: timestamp("created_at", { withTimezone: true }).notNull().defaultNow(),
    ...userSecurityColumns(),
    ...userEncryptedColumns(),
    ...userAccountColumns(),
  },
  (t) => [
    ...userSecurityRules("user", t),
    ...userEncryptedRules("user", t),
    uniqueIndex("user_email_lower").on(sql`lower(${t.email})`),
  ],
);
