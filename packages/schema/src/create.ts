import { type PgSchema, type PgTableFn, pgSchema, pgTable } from "drizzle-orm/pg-core";
import type { Binding, UsersTable } from "./binding.ts";
import { defineAccountRecovery } from "./tables/account-recovery.ts";
import { defineApiKeys } from "./tables/api-keys.ts";
import { defineAttemptLanes } from "./tables/attempt-lanes.ts";
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
import { defineTwoFactorAuth } from "./tables/two-factor-auth.ts";
import { defineUserDevices } from "./tables/user-devices.ts";

export type SecuritySchemaOptions<U extends UsersTable, S extends string | undefined> = {
  /** Your users table. Every `user_id` takes the type of its `id` and a foreign key to it. */
  users: U;
  /** PostgreSQL schema of the tables: a name or your own `pgSchema(…)`. Left out: `public`. */
  schema?: S | PgSchema<S & string>;
};

/**
 * The security tables, bound to a users table and a PostgreSQL schema of your choice.
 *
 * drizzle-kit finds tables only as named exports: destructure the result into exports, and export
 * `pgSchema` and your users table too.
 */
export function createSecuritySchema<
  U extends UsersTable,
  const S extends string | undefined = undefined,
>({ users, schema }: SecuritySchemaOptions<U, S>) {
  const home = resolveSchema(schema);
  // Drizzle has no pgSchema("public"): its tables come from pgTable, which types them the same way.
  const table = (home?.table ?? pgTable) as unknown as PgTableFn<S>;
  const binding: Binding<U, S> = { table, users };
  return {
    pgSchema: home,
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
  };
}

function resolveSchema<S extends string | undefined>(
  schema: S | PgSchema<S & string> | undefined,
): PgSchema | undefined {
  if (schema === undefined || schema === "public") {
    return undefined;
  }
  return typeof schema === "string" ? pgSchema(schema) : schema;
}
