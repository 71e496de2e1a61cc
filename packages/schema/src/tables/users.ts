import { sql } from "drizzle-orm";
import {
  check,
  index,
  inet,
  integer,
  type PgTableFn,
  text,
  uniqueIndex,
  varchar,
} from "drizzle-orm/pg-core";
import { blindIndex, createdAt, id, instant, isSealed, oneOf, sealed } from "../columns.ts";

export const userRoles = ["user", "admin"] as const;

/**
 * The account every security table hangs from, for those who have no users table of their own.
 *
 * One account per email, whatever its case. A phone number is kept sealed and found by its blind
 * index. `failedLoginAttempts` and `accountLockedUntil` are for display: what decides is the lane
 * (attempt_lanes). Disabled is derived: `disabledAt` is set.
 */
export const defineUsers = <S extends string | undefined>(table: PgTableFn<S>) =>
  table(
    "users",
    {
      id: id(),
      email: varchar("email", { length: 254 }).notNull(),
      emailVerifiedAt: instant("email_verified_at"),
      name: varchar("name", { length: 200 }),
      userType: varchar("user_type", { length: 64 }).notNull().default("user"),
      role: varchar("role", { length: 16, enum: userRoles }).notNull().default("user"),
      passwordHash: text("password_hash"),
      encryptedPhoneNumber: sealed("encrypted_phone_number"),
      phoneNumberIndex: blindIndex("phone_number_index"),
      phoneVerifiedAt: instant("phone_verified_at"),
      lastLoginAt: instant("last_login_at"),
      lastLoginIp: inet("last_login_ip"),
      failedLoginAttempts: integer("failed_login_attempts").notNull().default(0),
      accountLockedUntil: instant("account_locked_until"),
      passwordChangedAt: instant("password_changed_at"),
      passwordExpiresAt: instant("password_expires_at"),
      lastActivityAt: instant("last_activity_at"),
      sessionCount: integer("session_count").notNull().default(0),
      disabledAt: instant("disabled_at"),
      createdAt: createdAt(),
      updatedAt: instant("updated_at").notNull().defaultNow(),
    },
    (t) => [
      uniqueIndex("users_email_key").on(sql`lower(${t.email})`),
      uniqueIndex("users_phone_number_index_key").on(t.phoneNumberIndex),
      // "Who is locked now?" touches the few rows that are.
      index("users_locked")
        .on(t.accountLockedUntil)
        .where(sql`${t.accountLockedUntil} is not null`),
      check("users_role_is_known", oneOf(t.role, userRoles)),
      check("users_phone_is_sealed", isSealed(t.encryptedPhoneNumber)),
      check(
        "users_phone_has_index",
        sql`(${t.encryptedPhoneNumber} is null) = (${t.phoneNumberIndex} is null)`,
      ),
      check(
        "users_password_is_hashed",
        sql`${t.passwordHash} ~ '^[$][a-z0-9-]+[$]|^[0-9a-f]{32}:'`,
      ),
      check(
        "users_counts_are_not_negative",
        sql`${t.failedLoginAttempts} >= 0 and ${t.sessionCount} >= 0`,
      ),
    ],
  );
