import { pgSchema } from "drizzle-orm/pg-core";
import { createSecuritySchema } from "./create.ts";
import { defineUsers } from "./tables/users.ts";

/** The default binding: our own users table, everything in the PostgreSQL schema `postern`. */
export const postern = pgSchema("postern");

/** Named so that it cannot shadow an app's own `users`. */
export const posternUsers = defineUsers(postern.table);

export const {
  loginAttempts,
  securityEvents,
  passwordHistory,
  emailDeliveryLog,
  smsDeliveryLog,
  userDevices,
  twoFactorAuth,
  oauthConnections,
  apiKeys,
  refreshTokens,
  accountRecovery,
  sessionAudits,
  signingKeys,
  attemptLanes,
  revocations,
} = createSecuritySchema({ users: posternUsers, schema: postern });

export type { UserIdOf, UsersTable } from "./binding.ts";
export { createSecuritySchema, type SecuritySchemaOptions } from "./create.ts";
export { bindDefaultTables } from "./default-binding.ts";
export { deliveryPriorities } from "./delivery-columns.ts";
export { SEALED_PREFIX, type Sealed } from "./sealed.ts";
export { recoveryMethods } from "./tables/account-recovery.ts";
export { emailDeliveryStatuses } from "./tables/email-delivery-log.ts";
export { attemptResults } from "./tables/login-attempts.ts";
export { refreshTokenEnds } from "./tables/refresh-tokens.ts";
export { securityEventTypes, severities } from "./tables/security-events.ts";
export { sessionActions } from "./tables/session-audits.ts";
export { signingKeyStates } from "./tables/signing-keys.ts";
export { smsDeliveryStatuses } from "./tables/sms-delivery-log.ts";
export { twoFactorMethods } from "./tables/two-factor-auth.ts";
export { defineUsers, userRoles } from "./tables/users.ts";
