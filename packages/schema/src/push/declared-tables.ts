import { bindDefaultTables } from "../bind-default-tables.ts";
import { readSettings } from "./settings.ts";

// biome-ignore lint/style/noProcessEnv: drizzle-kit loads this by its path and hands nothing over.
const { schema } = readSettings(process.env, process.cwd());

/** The tables that `pnpm db:push` and drizzle-kit's own commands work on, in DATABASE_SCHEMA. */
export const {
  pgSchema,
  users,
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
} = bindDefaultTables(schema);
