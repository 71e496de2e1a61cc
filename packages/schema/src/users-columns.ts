import { sql } from "drizzle-orm";
import {
  type AnyPgColumn,
  check,
  type ExtraConfigColumn,
  index,
  inet,
  integer,
  uniqueIndex,
  varchar,
} from "drizzle-orm/pg-core";
import { blindIndex, instant, isSealed, sealed } from "./columns.ts";

/**
 * What signing in keeps on the account, to spread into a users table of your own. For display and
 * dashboards: what locks an account out is the lane (attempt_lanes).
 */
export const userSecurityColumns = () => ({
  lastLoginAt: instant("last_login_at"),
  lastLoginIp: inet("last_login_ip"),
  failedLoginAttempts: integer("failed_login_attempts").notNull().default(0),
  accountLockedUntil: instant("account_locked_until"),
  passwordChangedAt: instant("password_changed_at"),
  passwordExpiresAt: instant("password_expires_at"),
  lastActivityAt: instant("last_activity_at"),
  sessionCount: integer("session_count").notNull().default(0),
});

/**
 * A phone number as it may be stored, to spread into a users table of your own: sealed, a blind
 * index to find it by, and a mask (`+254*****678`) to show. `table` is that table's SQL name, which
 * its sealed values are bound to.
 */
export const userEncryptedColumns = <Table extends string = "users">(
  table: Table = "users" as Table,
) => ({
  encryptedPhoneNumber: sealed(table, "encrypted_phone_number"),
  phoneNumberIndex: blindIndex("phone_number_index"),
  phoneNumberHint: varchar("phone_number_hint", { length: 32 }),
});

/**
 * What else the auth service keeps of an account, to spread into a users table of your own where
 * you let it sign them in.
 */
export const userAccountColumns = () => ({
  emailVerifiedAt: instant("email_verified_at"),
  phoneVerifiedAt: instant("phone_verified_at"),
  userType: varchar("user_type", { length: 64 }).notNull().default("user"),
  disabledAt: instant("disabled_at"),
  updatedAt: instant("updated_at").notNull().defaultNow(),
});

type Columns<Spread extends () => object> = Record<keyof ReturnType<Spread>, ExtraConfigColumn>;

/**
 * The indexes and CHECKs that go with userSecurityColumns(), to spread into the extra config of
 * your users table. `name` is that table's SQL name.
 */
export const userSecurityRules = (name: string, t: Columns<typeof userSecurityColumns>) => [
  // "Who is locked now?" touches the few rows that are.
  index(`${name}_locked`).on(t.accountLockedUntil).where(sql`${t.accountLockedUntil} is not null`),
  // riskList reads those with the most failures from its end; nearly every account has none.
  index(`${name}_failing`).on(t.failedLoginAttempts).where(sql`${t.failedLoginAttempts} > 0`),
  check(
    `${name}_counts_are_not_negative`,
    sql`${t.failedLoginAttempts} >= 0 and ${t.sessionCount} >= 0`,
  ),
];

/** The index and CHECKs that go with userEncryptedColumns(). */
export const userEncryptedRules = (name: string, t: Columns<typeof userEncryptedColumns>) => [
  uniqueIndex(`${name}_phone_number_index_key`).on(t.phoneNumberIndex),
  check(`${name}_phone_is_sealed`, isSealed(t.encryptedPhoneNumber)),
  check(
    `${name}_phone_has_index`,
    sql`(${t.encryptedPhoneNumber} is null) = (${t.phoneNumberIndex} is null)`,
  ),
];

/** What Postern reads of a users table, by our property names. Whatever is missing is left out. */
export const usersColumns = [
  "email",
  "emailVerifiedAt",
  "name",
  "userType",
  "role",
  "passwordHash",
  "phoneNumber",
  "encryptedPhoneNumber",
  "phoneNumberIndex",
  "phoneNumberHint",
  "phoneVerifiedAt",
  "twoFactorSecret",
  "lastLoginAt",
  "lastLoginIp",
  "failedLoginAttempts",
  "accountLockedUntil",
  "passwordChangedAt",
  "passwordExpiresAt",
  "lastActivityAt",
  "sessionCount",
  "disabledAt",
  "createdAt",
  "updatedAt",
] as const;

export type UsersColumn = (typeof usersColumns)[number];

/** Which column of a users table plays which part, where its property name does not say so. */
export type UsersColumns = Readonly<Partial<Record<UsersColumn, AnyPgColumn>>>;
