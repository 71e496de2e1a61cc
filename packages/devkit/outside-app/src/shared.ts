import { createSecuritySchema } from "@postern/schema";
import { users } from "./app.ts";

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
  deliveryReceipts,
  suppressions,
  alerts,
  usersPublic,
  usersAuthenticated,
  usersAdmin,
  userSecurityStatus,
  userActivityLog,
  deploymentMetrics,
} = createSecuritySchema({ users, schema: "public" });
