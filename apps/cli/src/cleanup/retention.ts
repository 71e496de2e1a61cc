/**
 * How many days each log is kept; docs/personal-data.md says so to everybody. Refresh tokens
 * count from the absolute end of their session.
 */
export const retention = {
  login_attempts: 90,
  security_events: 400,
  session_audits: 90,
  email_delivery_log: 30,
  sms_delivery_log: 30,
  delivery_receipts: 30,
  alerts: 365,
  refresh_tokens: 30,
} as const;

export type RetainedTable = keyof typeof retention;

/** From which moment a row of the table is counted, as retention_step() has it. */
export const retainedFrom = (table: RetainedTable): string =>
  table === "refresh_tokens" ? "absolute_expires_at" : "created_at";
