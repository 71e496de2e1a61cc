import { Type } from "typebox";
import type { SecondFactorRequired, Session } from "./start-session.ts";

export const UserSchema = Type.Object(
  {
    id: Type.String(),
    email: Type.String(),
    name: Type.Union([Type.String(), Type.Null()]),
    userType: Type.String(),
    emailVerified: Type.Boolean(),
    createdAt: Type.String({ format: "date-time" }),
  },
  { additionalProperties: false },
);

/** What every call that signs in answers. */
export const SessionSchema = Type.Object(
  {
    token: Type.String({
      description: "The same as accessToken, for older clients.",
      examples: ["eyJhbGciOiJFUzI1NiIsInR5cCI6ImF0K2p3dCJ9.eyJzaWQiOiIwMTlhIn0.MEUCIQ"],
    }),
    accessToken: Type.String({ description: "A signed JWT (RFC 9068), to be sent as Bearer." }),
    refreshToken: Type.Optional(
      Type.String({
        description: "Opaque. Good once; the answer holds its successor. A cookie in cookie mode.",
      }),
    ),
    expiresIn: Type.Integer({ description: "Seconds until the access token ends." }),
    tokenType: Type.Literal("Bearer"),
    user: UserSchema,
    deviceToken: Type.Optional(
      Type.String({ description: "Only for a new client: send it back at the next sign-in." }),
    ),
  },
  { additionalProperties: false },
);

export const toSessionView = (session: Session) => ({
  token: session.accessToken,
  accessToken: session.accessToken,
  refreshToken: session.refreshToken,
  expiresIn: session.expiresInSeconds,
  tokenType: "Bearer" as const,
  user: session.user,
  ...(session.deviceToken === null ? {} : { deviceToken: session.deviceToken }),
});

/** What a way in answers where the account has a second factor. */
const SecondFactorRequiredSchema = Type.Object(
  {
    twoFactorRequired: Type.Literal(true),
    pendingToken: Type.String({
      description: "Good for 2fa/challenge and 2fa/verify alone, for 5 minutes, once.",
    }),
    methods: Type.Array(Type.Enum(["totp", "sms", "email", "backup_code"])),
  },
  { additionalProperties: false },
);

export const SignInSchema = Type.Union([SessionSchema, SecondFactorRequiredSchema]);

export const toSecondFactorView = ({ pendingToken, methods }: SecondFactorRequired) => ({
  twoFactorRequired: true as const,
  pendingToken,
  methods: [...methods],
});
