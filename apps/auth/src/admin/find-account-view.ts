import { sqlState } from "@postern/process";
import { sql } from "drizzle-orm";
import type { Deps } from "../deps.ts";
import { isoTime } from "../iso-time.ts";
import { Problem } from "../problem.ts";
import { statement } from "../statement.ts";
import type { UserId } from "../tables.ts";
import { isNoId } from "./is-no-id.ts";

/**
 * An account as the view users_admin has it, with its risk: the email whole, number and address
 * masked, nothing that proves who somebody is.
 */
export type AccountView = {
  id: string;
  email: string;
  name: string | null;
  userType: string;
  role: string;
  phone: string | null;
  emailVerified: boolean;
  phoneVerified: boolean;
  hasPassword: boolean;
  twoFactorEnabled: boolean;
  createdAt: string;
  lastLoginAt: string | null;
  lastLoginIp: string | null;
  lastActivityAt: string | null;
  failedLoginAttempts: number;
  lockedUntil: string | null;
  passwordChangedAt: string | null;
  passwordExpiresAt: string | null;
  sessionCount: number;
  disabledAt: string | null;
  riskScore: number;
  riskLevel: "low" | "medium" | "high" | "critical";
};

type Time = number | null;

type Row = {
  id: UserId;
  email: string;
  name: string | null;
  user_type: string;
  role: string;
  phone: string | null;
  email_verified: boolean;
  phone_verified: boolean;
  has_password: boolean;
  two_factor_enabled: boolean;
  created_at: number;
  last_login_at: Time;
  last_login_ip: string | null;
  last_activity_at: Time;
  failed_login_attempts: number;
  locked_until: Time;
  password_changed_at: Time;
  password_expires_at: Time;
  session_count: number;
  disabled_at: Time;
  risk_score: number;
  risk_level: AccountView["riskLevel"];
};

const seconds = (column: string) => sql.raw(`extract(epoch from u.${column})::float8`);

const find = statement<Row>(
  (t) => sql`
    select u.id, u.email, u.name, u.user_type, u.role, u.phone_number_hint as phone,
      u.email_verified_at is not null as email_verified,
      u.phone_verified_at is not null as phone_verified,
      u.password_hash is not null as has_password, s.two_factor_enabled,
      ${seconds("created_at")} as created_at, ${seconds("last_login_at")} as last_login_at,
      network(set_masklen(u.last_login_ip,
        case family(u.last_login_ip) when 4 then 24 else 64 end))::text as last_login_ip,
      ${seconds("last_activity_at")} as last_activity_at, u.failed_login_attempts,
      ${seconds("account_locked_until")} as locked_until,
      ${seconds("password_changed_at")} as password_changed_at,
      ${seconds("password_expires_at")} as password_expires_at,
      u.session_count, ${seconds("disabled_at")} as disabled_at, s.risk_score, s.risk_level
    from ${t.users} u join ${t.userSecurityStatus} s on s.id = ${sql.placeholder("userId")}
    where u.id = ${sql.placeholder("userId")}`,
);

/** @throws Problem not_found. */
export async function findAccountView(deps: Deps, userId: string): Promise<AccountView> {
  const row = await readAccount(deps, userId);
  if (!row) {
    throw new Problem("not_found");
  }
  return {
    ...identityOf(row),
    createdAt: isoTime(row.created_at),
    lastLoginAt: timeOf(row.last_login_at),
    lastLoginIp: row.last_login_ip,
    lastActivityAt: timeOf(row.last_activity_at),
    failedLoginAttempts: row.failed_login_attempts,
    lockedUntil: timeOf(row.locked_until),
    passwordChangedAt: timeOf(row.password_changed_at),
    passwordExpiresAt: timeOf(row.password_expires_at),
    sessionCount: row.session_count,
    disabledAt: timeOf(row.disabled_at),
    riskScore: row.risk_score,
    riskLevel: row.risk_level,
  };
}

async function readAccount(deps: Deps, userId: string): Promise<Row | undefined> {
  try {
    const [row] = await find(deps, { userId });
    return row;
  } catch (error) {
    if (isNoId(sqlState(error))) {
      return undefined;
    }
    throw error;
  }
}

const identityOf = (row: Row) => ({
  id: String(row.id),
  email: row.email,
  name: row.name,
  userType: row.user_type,
  role: row.role,
  phone: row.phone,
  emailVerified: row.email_verified,
  phoneVerified: row.phone_verified,
  hasPassword: row.has_password,
  twoFactorEnabled: row.two_factor_enabled,
});

const timeOf = (time: Time): string | null => (time === null ? null : isoTime(time));
