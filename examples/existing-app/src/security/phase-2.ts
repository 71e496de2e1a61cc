import { security } from "./binding.ts";

/** tables.ts as it stood in the second phase: devices and former passwords joined. */
export const {
  loginAttempts,
  securityEvents,
  emailDeliveryLog,
  smsDeliveryLog,
  userDevices,
  passwordHistory,
} = security;
