import { createSecuritySchema } from "@postern/schema";
import { users } from "./users.ts";

export { users };

/** Postern's tables on those users. */
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
  alerts,
} = createSecuritySchema({ users, schema: "security" });
