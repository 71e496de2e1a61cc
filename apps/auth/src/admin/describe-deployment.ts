import {
  deliverySuccessByProvider,
  eventsBySeverity,
  failedSignInsByIp,
  lockedAccounts,
  riskList,
  smsCostByMonthAndCountry,
} from "@postern/schema/dashboard";
import { sql } from "drizzle-orm";
import type { Deps } from "../deps.ts";
import { statement } from "../statement.ts";

type Metrics = {
  recentLogins: number;
  usersWithFailedAttempts: number;
  lockedAccounts: number;
  encrypted2faUsers: number;
  encryptedPhoneUsers: number;
  avgSecondsSinceLogin: number | null;
};

const readMetrics = statement<Metrics>(
  (t) => sql`
    select recent_logins::float8 as "recentLogins",
      users_with_failed_attempts::float8 as "usersWithFailedAttempts",
      locked_accounts::float8 as "lockedAccounts", encrypted_2fa_users::float8 as "encrypted2faUsers",
      encrypted_phone_users::float8 as "encryptedPhoneUsers",
      avg_seconds_since_login::float8 as "avgSecondsSinceLogin"
    from ${t.deploymentMetrics}`,
);

/** The deployment on one page: the last hours, what is locked, at risk, delivered and paid for. */
export async function describeDeployment(deps: Deps, { hours }: { hours: number }) {
  const { db, tables } = deps;
  const [[metrics], failedSignIns, severities, locked, risks, deliveries, smsCosts] =
    await Promise.all([
      readMetrics(deps),
      failedSignInsByIp(db, tables, { hours }),
      eventsBySeverity(db, tables, { hours }),
      lockedAccounts(db, tables),
      riskList(db, tables),
      deliverySuccessByProvider(db, tables, { hours }),
      smsCostByMonthAndCountry(db, tables),
    ]);
  return {
    metrics: metrics ?? null,
    failedSignInsByIp: failedSignIns.map(({ lastAt, ...row }) => ({
      ...row,
      lastAt: lastAt.toISOString(),
    })),
    eventsBySeverity: severities.map(({ lastAt, ...row }) => ({
      ...row,
      lastAt: lastAt?.toISOString() ?? null,
    })),
    lockedAccounts: locked.map(({ userId, lockedUntil, ...row }) => ({
      ...row,
      userId: String(userId),
      lockedUntil: lockedUntil.toISOString(),
    })),
    riskList: risks.map(({ userId, ...row }) => ({ ...row, userId: String(userId) })),
    deliverySuccess: deliveries,
    smsCosts,
  };
}
