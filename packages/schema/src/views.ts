import {
  bigint,
  boolean,
  doublePrecision,
  inet,
  integer,
  text,
  varchar,
} from "drizzle-orm/pg-core";
import type { Binding } from "./binding.ts";
import { idOf, instant, userId } from "./columns.ts";
import { posternBinding } from "./postern-binding.ts";
import { severities } from "./tables/security-events.ts";
import type { UsersTable } from "./users-table.ts";

// Handles to read by. The views themselves are repeatable SQL (sql/): a handle that exists already
// is neither made nor dropped by drizzle-kit.

export const activitySources = ["login", "event", "session"] as const;

/** Of a risk score below 25, below 50, below 75, and the rest. */
export const riskLevels = ["low", "medium", "high", "critical"] as const;

/** What anybody may see. What a users table does not keep reads as null. */
const publicColumns = <U extends UsersTable>(users: U) => ({
  id: idOf(users, "id").notNull(),
  name: text("name"),
  userType: text("user_type"),
  createdAt: instant("created_at"),
});

/** Masked: `email` as `a***@example.com`, `phone` as `+254*****678`. */
const authenticatedColumns = <U extends UsersTable>(users: U) => ({
  ...publicColumns(users),
  email: text("email"),
  phone: text("phone"),
  emailVerified: boolean("email_verified").notNull(),
  twoFactorEnabled: boolean("two_factor_enabled").notNull(),
  lastLoginAt: instant("last_login_at"),
});

/** `email` whole; `phone` masked still. */
const adminColumns = <U extends UsersTable>(users: U) => ({
  ...authenticatedColumns(users),
  lastLoginIp: inet("last_login_ip"),
  failedLoginAttempts: integer("failed_login_attempts"),
  accountLockedUntil: instant("account_locked_until"),
  passwordChangedAt: instant("password_changed_at"),
  passwordExpiresAt: instant("password_expires_at"),
  lastActivityAt: instant("last_activity_at"),
  sessionCount: integer("session_count"),
  disabledAt: instant("disabled_at"),
});

/** `riskScore` goes from 0 to 100; days are whole, and null where the day is not known. */
const securityStatusColumns = <U extends UsersTable>(users: U) => ({
  id: idOf(users, "id").notNull(),
  isLocked: boolean("is_locked").notNull(),
  failedLoginAttempts: integer("failed_login_attempts").notNull(),
  passwordExpired: boolean("password_expired").notNull(),
  twoFactorEnabled: boolean("two_factor_enabled").notNull(),
  emailVerified: boolean("email_verified").notNull(),
  daysSincePasswordChange: integer("days_since_password_change"),
  daysSinceLogin: integer("days_since_login"),
  riskScore: integer("risk_score").notNull(),
  riskLevel: varchar("risk_level", { enum: riskLevels }).notNull(),
});

/** `ipAddress` is cut to its network: /24, or /64 of IPv6. */
const activityColumns = <U extends UsersTable>(users: U) => ({
  userId: userId(users),
  at: instant("at").notNull(),
  source: varchar("source", { enum: activitySources }).notNull(),
  what: varchar("what").notNull(),
  severity: varchar("severity", { enum: severities }).notNull(),
  ipAddress: inet("ip_address"),
  deviceName: varchar("device_name"),
});

/** Of the whole deployment, in one row. `recentLogins` are those of the last hour. */
const metricsColumns = () => ({
  recentLogins: bigint("recent_logins", { mode: "number" }).notNull(),
  usersWithFailedAttempts: bigint("users_with_failed_attempts", { mode: "number" }).notNull(),
  lockedAccounts: bigint("locked_accounts", { mode: "number" }).notNull(),
  encrypted2faUsers: bigint("encrypted_2fa_users", { mode: "number" }).notNull(),
  encryptedPhoneUsers: bigint("encrypted_phone_users", { mode: "number" }).notNull(),
  avgSecondsSinceLogin: doublePrecision("avg_seconds_since_login"),
});

/** The six views over a users table and the security tables beside it. */
export const defineViews = <U extends UsersTable, S extends string | undefined>({
  view,
  users,
}: Binding<U, S>) => ({
  usersPublic: view("users_public", publicColumns(users)).existing(),
  usersAuthenticated: view("users_authenticated", authenticatedColumns(users)).existing(),
  usersAdmin: view("users_admin", adminColumns(users)).existing(),
  userSecurityStatus: view("user_security_status", securityStatusColumns(users)).existing(),
  userActivityLog: view("user_activity_log", activityColumns(users)).existing(),
  deploymentMetrics: view("deployment_metrics", metricsColumns()).existing(),
});

export const {
  usersPublic,
  usersAuthenticated,
  usersAdmin,
  userSecurityStatus,
  userActivityLog,
  deploymentMetrics,
} = defineViews(posternBinding);
