export { bindDefaultTables } from "./bind-default-tables.ts";
export {
  bindServiceTables,
  defaultUsersPlace,
  type ServiceTables,
  type UsersPlace,
} from "./bind-service-tables.ts";
export { isSealed, sealed } from "./columns.ts";
export { createSecuritySchema, type SecuritySchemaOptions } from "./create.ts";
export { deliveryPriorities } from "./delivery-columns.ts";
export { postern } from "./postern.ts";
export { SEALED_PREFIX, type Sealed } from "./sealed.ts";
export { accountRecovery, recoveryMethods } from "./tables/account-recovery.ts";
export { alerts } from "./tables/alerts.ts";
export { apiKeys } from "./tables/api-keys.ts";
export { attemptLanes } from "./tables/attempt-lanes.ts";
export { deliveryReceipts, receiptStatuses } from "./tables/delivery-receipts.ts";
export { emailDeliveryLog, emailDeliveryStatuses } from "./tables/email-delivery-log.ts";
export { attemptResults, loginAttempts } from "./tables/login-attempts.ts";
export { oauthConnections } from "./tables/oauth-connections.ts";
export { passwordHistory } from "./tables/password-history.ts";
export { refreshTokenEnds, refreshTokens } from "./tables/refresh-tokens.ts";
export { revocations } from "./tables/revocations.ts";
export { securityEvents, securityEventTypes, severities } from "./tables/security-events.ts";
export { sessionActions, sessionAudits } from "./tables/session-audits.ts";
export { signingKeyStates, signingKeys } from "./tables/signing-keys.ts";
export { smsDeliveryLog, smsDeliveryStatuses } from "./tables/sms-delivery-log.ts";
export { deliveryChannels, suppressionReasons, suppressions } from "./tables/suppressions.ts";
export { twoFactorAuth, twoFactorMethods } from "./tables/two-factor-auth.ts";
export { userDevices } from "./tables/user-devices.ts";
export { posternUsers, userRoles } from "./tables/users.ts";
export {
  type UsersColumn,
  type UsersColumns,
  userAccountColumns,
  userEncryptedColumns,
  userEncryptedRules,
  userSecurityColumns,
  userSecurityRules,
} from "./users-columns.ts";
export type { UserIdOf, UsersTable } from "./users-table.ts";
export {
  activitySources,
  deploymentMetrics,
  riskLevels,
  userActivityLog,
  userSecurityStatus,
  usersAdmin,
  usersAuthenticated,
  usersPublic,
} from "./views.ts";
