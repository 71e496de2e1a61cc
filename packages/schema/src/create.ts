import type { PgSchema } from "drizzle-orm/pg-core";
import { bind, homeOf } from "./binding.ts";
import { defineAccountRecovery } from "./tables/account-recovery.ts";
import { defineAlerts } from "./tables/alerts.ts";
import { defineApiKeys } from "./tables/api-keys.ts";
import { defineAttemptLanes } from "./tables/attempt-lanes.ts";
import { defineDeliveryReceipts } from "./tables/delivery-receipts.ts";
import { defineEmailDeliveryLog } from "./tables/email-delivery-log.ts";
import { defineLoginAttempts } from "./tables/login-attempts.ts";
import { defineOauthConnections } from "./tables/oauth-connections.ts";
import { definePasswordHistory } from "./tables/password-history.ts";
import { defineRefreshTokens } from "./tables/refresh-tokens.ts";
import { defineRevocations } from "./tables/revocations.ts";
import { defineSecurityEvents } from "./tables/security-events.ts";
import { defineSessionAudits } from "./tables/session-audits.ts";
import { defineSigningKeys } from "./tables/signing-keys.ts";
import { defineSmsDeliveryLog } from "./tables/sms-delivery-log.ts";
import { defineSuppressions } from "./tables/suppressions.ts";
import { defineTwoFactorAuth } from "./tables/two-factor-auth.ts";
import { defineUserDevices } from "./tables/user-devices.ts";
import type { UsersColumns } from "./users-columns.ts";
import type { UsersTable } from "./users-table.ts";
import { defineViews } from "./views.ts";

export type SecuritySchemaOptions<U extends UsersTable, S extends string> = {
  /** Your users table. Every `user_id` takes the type of its `id` and a foreign key to it. */
  users: U;
  /**
   * PostgreSQL schema of the tables: a name or your own `pgSchema(…)`. Left out: `postern`. Tables
   * land in `public`, beside your own, only where you write "public".
   */
  schema?: S | PgSchema<S>;
  /** Which of your columns is which, where their property names differ from ours. */
  columns?: UsersColumns;
};

/** Drizzle has none for `public`. A name known only at run time may be that one. */
type Home<S extends string> = string extends S
  ? PgSchema<S> | undefined
  : S extends "public"
    ? undefined
    : PgSchema<S>;

/**
 * The security tables and views, bound to a users table and a PostgreSQL schema of your choice.
 *
 * drizzle-kit finds tables only as named exports: destructure the result into exports, and export
 * `pgSchema` and your users table too.
 */
export function createSecuritySchema<U extends UsersTable, const S extends string = "postern">({
  users,
  schema = "postern" as S,
  columns,
}: SecuritySchemaOptions<U, S>) {
  const home = homeOf(schema);
  const binding = bind({ users, home, columns });
  const { table } = binding;
  return {
    pgSchema: home as Home<S>,
    loginAttempts: defineLoginAttempts(binding),
    securityEvents: defineSecurityEvents(binding),
    passwordHistory: definePasswordHistory(binding),
    emailDeliveryLog: defineEmailDeliveryLog(binding),
    smsDeliveryLog: defineSmsDeliveryLog(binding),
    userDevices: defineUserDevices(binding),
    twoFactorAuth: defineTwoFactorAuth(binding),
    oauthConnections: defineOauthConnections(binding),
    apiKeys: defineApiKeys(binding),
    refreshTokens: defineRefreshTokens(binding),
    accountRecovery: defineAccountRecovery(binding),
    sessionAudits: defineSessionAudits(binding),
    signingKeys: defineSigningKeys(table),
    attemptLanes: defineAttemptLanes(table),
    revocations: defineRevocations(table),
    deliveryReceipts: defineDeliveryReceipts(table),
    suppressions: defineSuppressions(table),
    alerts: defineAlerts(table),
    ...defineViews(binding),
  };
}
