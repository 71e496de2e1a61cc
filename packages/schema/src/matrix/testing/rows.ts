import type { createSecuritySchema } from "../../create.ts";
import type { Inserts } from "../../testing/expected-inserts.ts";
import { someDigest, someSealed } from "../../testing/open-tables.ts";

type Bound = ReturnType<typeof createSecuritySchema>;
type Support =
  | "signingKeys"
  | "attemptLanes"
  | "revocations"
  | "deliveryReceipts"
  | "suppressions"
  | "alerts";

export type AnyId = string | number | bigint;

/** A row of each table, by its name in Drizzle. */
export type Rows = Inserts<AnyId> & { [Table in Support]: Bound[Table]["$inferInsert"] };

const UUID = "0198c0de-0000-7000-8000-00000000000a";
const at = new Date("2026-11-21T12:00:00.123Z");
const later = new Date("2026-12-21T12:00:00.456Z");
const origin = { ipAddress: "2001:db8::7", userAgent: "Ωmega/1.0" };
const metadata = { reason: "a \"quoted\" 'word'", nested: { list: [1, null, true] } };

const delivery = {
  template: "verify_email",
  provider: "first",
  providerMessageId: "m-1",
  challengeId: "c-1",
  sealedPayload: someSealed,
  expiresAt: later,
  createdAt: at,
};

/** Every table with a value in nearly every column, so that each type of column is gone through. */
export const rowsOf = (userId: AnyId): Rows => ({
  loginAttempts: {
    ...origin,
    userId,
    identifierHint: "a***@example.com",
    identifierIndex: "A".repeat(22),
    attemptResult: "failed_password",
    failureReason: "wrong",
    deviceId: UUID,
    createdAt: at,
  },
  securityEvents: { ...origin, userId, eventType: "new_device", sessionId: UUID, metadata },
  passwordHistory: { userId, passwordHash: "$argon2id$v=19$m=1,t=1,p=1$c2FsdA$aGFzaA" },
  emailDeliveryLog: {
    ...delivery,
    userId,
    toEmailHint: "a***@example.com",
    toEmailIndex: "A".repeat(22),
  },
  smsDeliveryLog: {
    ...delivery,
    userId,
    toPhoneHint: "+254*****678",
    toPhoneIndex: "A".repeat(22),
    country: "KE",
    segments: 2,
    costMicros: Number.MAX_SAFE_INTEGER,
    currency: "USD",
  },
  userDevices: { userId, tokenHash: someDigest(), lastIp: "192.0.2.7", trustedUntil: later },
  twoFactorAuth: {
    userId,
    method: "totp",
    encryptedSecret: someSealed,
    lastUsedStep: 59_000_000,
    backupCodeHashes: ['a,b"{}', "c"],
  },
  oauthConnections: {
    userId,
    provider: "google",
    issuer: "https://accounts.example.com",
    providerAccountId: "1",
    encryptedAccessToken: someSealed,
    scopes: ["openid", "email"],
    tokenExpiresAt: later,
  },
  apiKeys: {
    userId,
    name: "ci",
    prefix: "pk_1",
    keyHash: someDigest(),
    scopes: [],
    rateLimitPerMinute: 60,
    expiresAt: later,
  },
  refreshTokens: {
    ...origin,
    userId,
    familyId: UUID,
    tokenHash: someDigest(),
    amr: "pwd otp",
    expiresAt: at,
    absoluteExpiresAt: later,
    rotatedAt: at,
    sealedSuccessor: someSealed,
  },
  accountRecovery: {
    ...origin,
    userId,
    method: "email_link",
    tokenHash: someDigest(),
    expiresAt: later,
  },
  sessionAudits: { ...origin, userId, sessionId: UUID, action: "started", metadata },
  signingKeys: {
    kid: someDigest(),
    state: "current",
    publicJwk: { kty: "EC", crv: "P-256", x: "x", y: "y" },
    sealedPrivateJwk: someSealed,
  },
  attemptLanes: { laneDigest: someDigest(), failures: 3, windowStartedAt: at, lockedUntil: later },
  revocations: { sessionId: UUID, revokedAt: at },
  deliveryReceipts: {
    channel: "sms",
    provider: "first",
    providerMessageId: "m-1",
    deliveryId: UUID,
    status: "undelivered",
    errorCode: "30003",
    suppression: "opt_out",
    appliedAt: at,
  },
  alerts: {
    eventType: "token_reuse_detected",
    severity: "critical",
    events: 2,
    firstAt: at,
    lastAt: later,
    attempts: 1,
    nextAttemptAt: later,
    postedAt: at,
  },
  suppressions: { channel: "sms", recipientIndex: "A".repeat(22), reason: "opt_out", liftedAt: at },
});
