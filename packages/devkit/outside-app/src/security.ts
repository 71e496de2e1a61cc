import { createSecuritySchema } from "@postern/schema";
import { users } from "./app.ts";

export const {
  pgSchema,
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
  deliveryReceipts,
  suppressions,
  usersPublic,
  usersAuthenticated,
  usersAdmin,
  userSecurityStatus,
  userActivityLog,
  deploymentMetrics,
} = createSecuritySchema({ users, schema: "security" });
