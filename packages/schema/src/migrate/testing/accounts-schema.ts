import { integer, pgTable, serial, text, timestamp } from "drizzle-orm/pg-core";
import { createSecuritySchema } from "../../create.ts";

/** An app's own users table, under its own names, with plain text in two columns. */
export const accounts = pgTable("accounts", {
  no: serial("account_no").primaryKey(),
  mail: text("mail").notNull(),
  pw: text("pw"),
  mobile: text("mobile"),
  totp: text("totp"),
  seen: timestamp("seen", { withTimezone: true }),
  orders: integer("orders").notNull().default(0),
});

/** Its id goes by another name in Drizzle, too. */
export const appUsers = { ...accounts, id: accounts.no };

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
} = createSecuritySchema({
  users: appUsers,
  schema: "auth",
  columns: {
    email: accounts.mail,
    passwordHash: accounts.pw,
    phoneNumber: accounts.mobile,
    twoFactorSecret: accounts.totp,
    lastActivityAt: accounts.seen,
  },
});
