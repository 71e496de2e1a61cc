import { getViewConfig } from "drizzle-orm/pg-core";
import { expect, expectTypeOf, test } from "vitest";
import * as postern from "../index.ts";
import {
  byBigint,
  type byBrand,
  type byInteger,
  type byUuid,
  type UserId,
} from "../testing/users-by-id.ts";

type PublicUser<Id> = {
  id: Id;
  name: string | null;
  userType: string | null;
  createdAt: Date | null;
};

type AuthenticatedUser<Id> = PublicUser<Id> & {
  email: string | null;
  phone: string | null;
  emailVerified: boolean;
  twoFactorEnabled: boolean;
  lastLoginAt: Date | null;
};

type AdminUser<Id> = AuthenticatedUser<Id> & {
  lastLoginIp: string | null;
  failedLoginAttempts: number | null;
  accountLockedUntil: Date | null;
  passwordChangedAt: Date | null;
  passwordExpiresAt: Date | null;
  lastActivityAt: Date | null;
  sessionCount: number | null;
  disabledAt: Date | null;
};

type SecurityStatus<Id> = {
  id: Id;
  isLocked: boolean;
  failedLoginAttempts: number;
  passwordExpired: boolean;
  twoFactorEnabled: boolean;
  emailVerified: boolean;
  daysSincePasswordChange: number | null;
  daysSinceLogin: number | null;
  riskScore: number;
  riskLevel: "low" | "medium" | "high" | "critical";
};

type Activity<Id> = {
  userId: Id | null;
  at: Date;
  source: "login" | "event" | "session";
  what: string;
  severity: "low" | "medium" | "high" | "critical";
  ipAddress: string | null;
  deviceName: string | null;
};

type Metrics = {
  recentLogins: number;
  usersWithFailedAttempts: number;
  lockedAccounts: number;
  encrypted2faUsers: number;
  encryptedPhoneUsers: number;
  avgSecondsSinceLogin: number | null;
};

type Flat<T> = { [K in keyof T]: T[K] };
type Rows<Id> = {
  usersPublic: PublicUser<Id>;
  usersAuthenticated: Flat<AuthenticatedUser<Id>>;
  usersAdmin: Flat<AdminUser<Id>>;
  userSecurityStatus: SecurityStatus<Id>;
  userActivityLog: Activity<Id>;
  deploymentMetrics: Metrics;
};

type Bound<U extends postern.UsersTable> = ReturnType<typeof postern.createSecuritySchema<U>>;
type Views = { [View in keyof Rows<string>]: { $inferSelect: unknown } };
type Selected<V extends Views> = { [View in keyof Rows<string>]: V[View]["$inferSelect"] };

test("each view returns exactly its columns, with the app's own type of id", () => {
  expectTypeOf<Selected<typeof postern>>().toEqualTypeOf<Rows<string>>();
  expectTypeOf<Selected<Bound<typeof byUuid>>>().toEqualTypeOf<Rows<string>>();
  expectTypeOf<Selected<Bound<typeof byBrand>>>().toEqualTypeOf<Rows<UserId>>();
  expectTypeOf<Selected<Bound<typeof byInteger>>>().toEqualTypeOf<Rows<number>>();
  expectTypeOf<Selected<Bound<typeof byBigint>>>().toEqualTypeOf<Rows<bigint>>();
});

test("a handle makes no view: it names one, in the schema of the tables", () => {
  const { usersAdmin, userActivityLog } = postern.createSecuritySchema({
    users: byBigint,
    schema: "security",
  });
  const described = getViewConfig(usersAdmin);
  expect(described).toMatchObject({ name: "users_admin", schema: "security", isExisting: true });
  expect(userActivityLog.userId.getSQLType()).toBe("bigint");
  expect(usersAdmin.id.getSQLType()).toBe("bigint");
});
