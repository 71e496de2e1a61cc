import type { Sealed } from "../sealed.ts";
import type { refreshTokenEnds } from "../tables/refresh-tokens.ts";
import type { securityEventTypes } from "../tables/security-events.ts";

/** What a query returns of each of the twelve, written out by hand. */
export type Rows<Id> = { [Table in keyof Named<Id>]: Flat<Named<Id>[Table]> };

/** As Drizzle spells a row: one object, no intersection. */
export type Flat<T> = { [K in keyof T]: T[K] };

type Named<Id> = {
  loginAttempts: LoginAttempt<Id>;
  securityEvents: SecurityEvent<Id>;
  passwordHistory: OldPassword<Id>;
  emailDeliveryLog: EmailDelivery<Id>;
  smsDeliveryLog: SmsDelivery<Id>;
  userDevices: UserDevice<Id>;
  twoFactorAuth: SecondFactor<Id>;
  oauthConnections: OauthConnection<Id>;
  apiKeys: ApiKey<Id>;
  refreshTokens: RefreshToken<Id>;
  accountRecovery: Recovery<Id>;
  sessionAudits: SessionAudit<Id>;
};

type AttemptResult =
  | "success"
  | "failed_password"
  | "unknown_account"
  | "failed_second_factor"
  | "second_factor_required"
  | "locked"
  | "throttled"
  | "disabled"
  | "expired_password";

type CommonStatus =
  | "pending"
  | "sending"
  | "retry"
  | "sent"
  | "delivered"
  | "failed"
  | "expired"
  | "suppressed";

type Delivery<Id, Table extends string> = {
  id: string;
  template: string;
  locale: string;
  priority: number;
  provider: string | null;
  providerMessageId: string | null;
  attempts: number;
  nextAttemptAt: Date;
  leaseId: string | null;
  leaseExpiresAt: Date | null;
  errorCode: string | null;
  errorMessage: string | null;
  challengeId: string | null;
  consumedAt: Date | null;
  revokedAt: Date | null;
  resendOf: string | null;
  sealedPayload: Sealed<Table, "sealed_payload"> | null;
  expiresAt: Date;
  createdAt: Date;
  sentAt: Date | null;
  deliveredAt: Date | null;
  failedAt: Date | null;
  userId: Id | null;
};

type EmailDelivery<Id> = Delivery<Id, "email_delivery_log"> & {
  toEmailHint: string;
  toEmailIndex: string;
  status: CommonStatus | "bounced" | "complained";
};

type SmsDelivery<Id> = Delivery<Id, "sms_delivery_log"> & {
  toPhoneHint: string;
  toPhoneIndex: string;
  status: CommonStatus | "undelivered";
  country: string;
  segments: number | null;
  costMicros: number | null;
  currency: string | null;
};

type LoginAttempt<Id> = {
  id: number;
  identifierHint: string;
  identifierIndex: string;
  userId: Id | null;
  ipAddress: string | null;
  userAgent: string | null;
  attemptResult: AttemptResult;
  failureReason: string | null;
  deviceId: string | null;
  createdAt: Date;
};

type SecurityEvent<Id> = {
  id: number;
  /** An app's own words stand beside ours. */
  eventType: (typeof securityEventTypes)[number] | (string & {});
  severity: "low" | "medium" | "high" | "critical";
  userId: Id | null;
  sessionId: string | null;
  tokenId: string | null;
  ipAddress: string | null;
  userAgent: string | null;
  deviceFingerprint: string | null;
  metadata: Record<string, unknown>;
  createdAt: Date;
};

type OldPassword<Id> = { id: string; userId: Id; passwordHash: string; createdAt: Date };

type UserDevice<Id> = {
  id: string;
  userId: Id;
  tokenHash: string;
  fingerprint: string | null;
  name: string | null;
  browser: string | null;
  os: string | null;
  deviceType: string | null;
  trustedUntil: Date | null;
  firstSeenAt: Date;
  lastSeenAt: Date;
  lastIp: string | null;
  revokedAt: Date | null;
};

type SecondFactor<Id> = {
  id: string;
  userId: Id;
  method: "totp" | "sms" | "email";
  encryptedSecret: Sealed<"two_factor_auth", "encrypted_secret"> | null;
  lastUsedStep: number | null;
  backupCodeHashes: string[] | null;
  confirmedAt: Date | null;
  lastUsedAt: Date | null;
  createdAt: Date;
};

type OauthConnection<Id> = {
  id: string;
  userId: Id;
  provider: string;
  issuer: string;
  providerAccountId: string;
  emailHint: string | null;
  encryptedAccessToken: Sealed<"oauth_connections", "encrypted_access_token"> | null;
  encryptedRefreshToken: Sealed<"oauth_connections", "encrypted_refresh_token"> | null;
  scopes: string[] | null;
  tokenExpiresAt: Date | null;
  linkedAt: Date;
  lastUsedAt: Date | null;
  unlinkedAt: Date | null;
};

type ApiKey<Id> = {
  id: string;
  userId: Id;
  name: string;
  prefix: string;
  keyHash: string;
  scopes: string[];
  rateLimitPerMinute: number | null;
  expiresAt: Date;
  lastUsedAt: Date | null;
  lastUsedIp: string | null;
  revokedAt: Date | null;
  createdAt: Date;
};

type RefreshToken<Id> = {
  id: string;
  familyId: string;
  userId: Id;
  tokenHash: string;
  generation: number;
  amr: string;
  connectionId: string | null;
  deviceId: string | null;
  deviceName: string | null;
  deviceFingerprint: string | null;
  ipAddress: string | null;
  userAgent: string | null;
  expiresAt: Date;
  absoluteExpiresAt: Date;
  rotatedAt: Date | null;
  sealedSuccessor: Sealed<"refresh_tokens", "sealed_successor"> | null;
  revokedAt: Date | null;
  revokedReason: (typeof refreshTokenEnds)[number] | null;
  lastUsedAt: Date;
  createdAt: Date;
};

type Recovery<Id> = {
  id: string;
  userId: Id;
  method: "email_link" | "email_code" | "sms_code" | "admin";
  tokenHash: string;
  ipAddress: string | null;
  userAgent: string | null;
  expiresAt: Date;
  usedAt: Date | null;
  revokedAt: Date | null;
  createdAt: Date;
};

type SessionAudit<Id> = {
  id: number;
  userId: Id | null;
  sessionId: string;
  action: "started" | "refreshed" | "stepped_up" | "ended";
  ipAddress: string | null;
  userAgent: string | null;
  metadata: Record<string, unknown>;
  createdAt: Date;
};
