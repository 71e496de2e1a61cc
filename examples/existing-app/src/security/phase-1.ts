import { security } from "./binding.ts";

/** tables.ts as it stood in the first phase: what happened, and what was sent. */
export const { loginAttempts, securityEvents, emailDeliveryLog, smsDeliveryLog } = security;
