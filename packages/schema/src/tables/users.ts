import { sql } from "drizzle-orm";
import { check, type PgTableFn, text, uniqueIndex, varchar } from "drizzle-orm/pg-core";
import { createdAt, id, instant, oneOf } from "../columns.ts";
import { mark } from "../mark.ts";
import { postern } from "../postern.ts";
import {
  userEncryptedColumns,
  userEncryptedRules,
  userSecurityColumns,
  userSecurityRules,
} from "../users-columns.ts";

export const userRoles = ["user", "admin"] as const;

/**
 * The account every security table hangs from, for those who have no users table of their own.
 *
 * One account per email, whatever its case. A phone number is kept sealed and found by its blind
 * index. `failedLoginAttempts` and `accountLockedUntil` are for display: what decides is the lane
 * (attempt_lanes). Disabled is derived: `disabledAt` is set.
 *
 * `name` is another where an app's own users are seen through a view of this form.
 */
export function defineUsers<S extends string | undefined>(table: PgTableFn<S>, name = "users") {
  const users = table(
    name as "users",
    {
      id: id(),
      email: varchar("email", { length: 254 }).notNull(),
      emailVerifiedAt: instant("email_verified_at"),
      name: varchar("name", { length: 200 }),
      userType: varchar("user_type", { length: 64 }).notNull().default("user"),
      role: varchar("role", { length: 16, enum: userRoles }).notNull().default("user"),
      passwordHash: text("password_hash"),
      ...userEncryptedColumns(),
      phoneVerifiedAt: instant("phone_verified_at"),
      ...userSecurityColumns(),
      disabledAt: instant("disabled_at"),
      createdAt: createdAt(),
      updatedAt: instant("updated_at").notNull().defaultNow(),
    },
    (t) => [
      uniqueIndex("users_email_key").on(sql`lower(${t.email})`),
      check("users_role_is_known", oneOf(t.role, userRoles)),
      check(
        "users_password_is_hashed",
        sql`${t.passwordHash} ~ '^[$][a-z0-9-]+[$]|^[0-9a-f]{32}:'`,
      ),
      ...userEncryptedRules("users", t),
      ...userSecurityRules("users", t),
    ],
  );
  return mark(users, { users, columns: {} });
}

/** Named so that it cannot shadow an app's own `users`. */
export const posternUsers = defineUsers(postern.table);
