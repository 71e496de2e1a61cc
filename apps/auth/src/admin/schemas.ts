import { Type } from "typebox";

export const strict = { additionalProperties: false };
export const security = [{ bearer: [] }];
export const tags = ["Administration"];

/** What any call of an administrator may be refused with. */
export const REFUSALS = ["invalid_token", "session_ended", "forbidden"] as const;

/**
 * An account's id, of whatever type: only PostgreSQL knows which. As long as a part of a path may
 * be, and of visible ASCII: `auth0|5f7c…` is one too.
 */
export const UserId = Type.String({ pattern: "^[!-~]{1,100}$" });

export const Limit = Type.Integer({ minimum: 1, maximum: 100, default: 50 });
export const Hours = Type.Integer({ minimum: 1, maximum: 8_784, default: 24 });
export const Cursor = Type.Optional(Type.String({ minLength: 1, maxLength: 100 }));

const Text = Type.Union([Type.String(), Type.Null()]);
const Time = Type.String({ format: "date-time" });
const MaybeTime = Type.Union([Time, Type.Null()]);
const Count = Type.Integer();
const Amount = Type.Union([Type.Number(), Type.Null()]);
export const Severity = Type.Enum(["low", "medium", "high", "critical"]);

const NextCursor = Type.Union([Type.String(), Type.Null()], {
  description: "Asks for those after these; null where there are none.",
});

export const AccountSchema = Type.Object(
  {
    id: Type.String(),
    email: Type.String(),
    name: Text,
    userType: Type.String(),
    role: Type.String(),
    phone: Type.Union([Type.String(), Type.Null()], { description: "Masked." }),
    emailVerified: Type.Boolean(),
    phoneVerified: Type.Boolean(),
    hasPassword: Type.Boolean(),
    twoFactorEnabled: Type.Boolean(),
    createdAt: Time,
    lastLoginAt: MaybeTime,
    lastLoginIp: Type.Union([Type.String(), Type.Null()], { description: "Its network." }),
    lastActivityAt: MaybeTime,
    failedLoginAttempts: Count,
    lockedUntil: MaybeTime,
    passwordChangedAt: MaybeTime,
    passwordExpiresAt: MaybeTime,
    sessionCount: Count,
    disabledAt: MaybeTime,
    riskScore: Type.Integer({ minimum: 0, maximum: 100 }),
    riskLevel: Severity,
  },
  strict,
);

const ListedAccount = Type.Object(
  {
    id: Type.String(),
    email: Type.String({ description: "Masked." }),
    name: Text,
    role: Type.String(),
    createdAt: Time,
    lockedUntil: MaybeTime,
    disabledAt: MaybeTime,
  },
  strict,
);

export const FoundAccountsSchema = Type.Object({ users: Type.Array(ListedAccount) }, strict);

export const AccountListSchema = Type.Object(
  { users: Type.Array(ListedAccount), nextCursor: NextCursor },
  strict,
);

const EventSchema = Type.Object(
  {
    id: Type.String(),
    type: Type.String(),
    severity: Severity,
    userId: Text,
    sessionId: Text,
    ipAddress: Text,
    userAgent: Text,
    metadata: Type.Record(Type.String(), Type.Unknown()),
    at: Time,
  },
  strict,
);

export const EventListSchema = Type.Object(
  { events: Type.Array(EventSchema), nextCursor: NextCursor },
  strict,
);

export const DetectionListSchema = Type.Object({ detections: Type.Array(EventSchema) }, strict);

export const DeliveryListSchema = Type.Object(
  {
    messages: Type.Array(
      Type.Object(
        {
          template: Type.String(),
          to: Type.String({ description: "Masked." }),
          at: Time,
          story: Type.String({ description: "What became of it, in words; times in UTC." }),
        },
        strict,
      ),
    ),
    suppression: Type.Union([
      Type.Object({ reason: Type.String(), since: Time }, strict),
      Type.Null(),
    ]),
  },
  strict,
);

const list = <T extends Parameters<typeof Type.Object>[0]>(properties: T) =>
  Type.Array(Type.Object(properties, strict));

export const OverviewSchema = Type.Object(
  {
    metrics: Type.Union([
      Type.Object(
        {
          recentLogins: Type.Integer({ description: "Of the last hour." }),
          usersWithFailedAttempts: Count,
          lockedAccounts: Count,
          encrypted2faUsers: Count,
          encryptedPhoneUsers: Count,
          avgSecondsSinceLogin: Amount,
        },
        strict,
      ),
      Type.Null(),
    ]),
    failedSignInsByIp: list({
      ipAddress: Type.String(),
      failures: Count,
      identifiers: Count,
      lastAt: Time,
    }),
    eventsBySeverity: list({ severity: Severity, events: Count, lastAt: MaybeTime }),
    lockedAccounts: list({ userId: Type.String(), lockedUntil: Time, failedLoginAttempts: Count }),
    riskList: list({
      userId: Type.String(),
      riskScore: Count,
      riskLevel: Severity,
      isLocked: Type.Boolean(),
      failedLoginAttempts: Count,
    }),
    deliverySuccess: list({
      channel: Type.Enum(["email", "sms"]),
      provider: Type.String(),
      messages: Count,
      sent: Count,
      delivered: Count,
      failed: Count,
      successRate: Amount,
    }),
    smsCosts: list({
      month: Type.String(),
      country: Type.String(),
      currency: Type.String(),
      messages: Count,
      costMicros: Type.Integer({ description: "Millionths of the currency." }),
    }),
  },
  strict,
);
