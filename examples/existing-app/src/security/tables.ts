import { security } from "./binding.ts";

/** All that is mounted. phase-1.ts and phase-2.ts are what this file held before. */
export const {
  loginAttempts,
  securityEvents,
  emailDeliveryLog,
  smsDeliveryLog,
  userDevices,
  passwordHistory,
  twoFactorAuth,
  oauthConnections,
  apiKeys,
  refreshTokens,
  accountRecovery,
  sessionAudits,
  // The services keep their own state in these six.
  signingKeys,
  attemptLanes,
  revocations,
  deliveryReceipts,
  suppressions,
  alerts,
} = security;
