import {
  commonVariables,
  type Environment,
  findKeyFaults,
  findListenerFaults,
  type ListenerSettings,
  listenerVariables,
  port,
  readEnvironment,
  readKeys,
  readListenerSettings,
  type ServiceKeys,
} from "@postern/environment";
import { type Static, Type } from "typebox";
import { type Limits, readLimits } from "./limits.ts";
import { findListFaults, splitList } from "./listed-values.ts";
import {
  findProviderFaults,
  type ProviderSettings,
  readProviders,
  withProviders,
} from "./oauth/read-providers.ts";

const seconds = (fallback: number, description: string) =>
  Type.Integer({ minimum: 1, maximum: 31_536_000, default: fallback, description });
const list = (description: string, fallback = "") =>
  Type.String({ default: fallback, description });

const AuthEnvironment = Type.Object({
  ...commonVariables,
  POSTERN_BINDING: list("path of a module that binds your own users table"),
  DATABASE_POOL_SIZE: Type.Integer({ minimum: 1, maximum: 1_000, default: 10 }),
  REDIS_URL: Type.String({
    pattern: "^rediss?://.",
    description: "the address of Redis, redis://host:6379; several with commas mean a cluster",
  }),
  PUBLIC_URL: Type.String({
    pattern: "^https?://[^?#]+$",
    description: "the address under which people reach this service, https://auth.example.com",
  }),
  PASSWORD_PEPPER: Type.Optional(Type.String({ description: "64 hexadecimal digits, random" })),
  PASSWORD_PEPPER_ID: Type.Integer({ minimum: 1, maximum: 4_294_967_295, default: 1 }),
  PASSWORD_PEPPERS_PREVIOUS: list("id:key,id:key, peppers of hashes made before"),
  PASSWORD_MIN_LENGTH: Type.Integer({
    minimum: 8,
    maximum: 256,
    default: 15,
    description: "code points, 8 to 256",
  }),
  PASSWORD_HISTORY: Type.Integer({ minimum: 0, maximum: 50, default: 5, description: "0 to 50" }),
  PASSWORD_MAX_AGE_DAYS: Type.Integer({
    minimum: 0,
    maximum: 3_650,
    default: 0,
    description: "days, 0 to 3650; 0 means that passwords never expire",
  }),
  PASSWORD_BREACH_CHECK_URL: Type.Optional(
    Type.String({
      pattern: "^https?://[^?#]+$",
      description: "a range API, https://api.pwnedpasswords.com/range",
    }),
  ),
  TOKEN_AUDIENCE: Type.Optional(Type.String({ minLength: 1, maxLength: 512 })),
  SIGNING_KEY_DAYS: Type.Integer({
    minimum: 1,
    maximum: 365,
    default: 30,
    description: "days that a key signs access tokens, 1 to 365",
  }),
  ACCESS_TOKEN_SECONDS: seconds(900, "seconds"),
  REFRESH_IDLE_SECONDS: seconds(604_800, "seconds"),
  REFRESH_ABSOLUTE_SECONDS: seconds(2_592_000, "seconds"),
  REFRESH_GRACE_SECONDS: Type.Integer({ minimum: 0, maximum: 60, default: 10 }),
  OTP_SECONDS: Type.Integer({
    minimum: 30,
    maximum: 600,
    default: 300,
    description: "seconds, 30 to 600 (NIST SP 800-63B-4, 3.1.3)",
  }),
  OTP_ATTEMPTS: Type.Integer({ minimum: 1, maximum: 10, default: 5, description: "1 to 10" }),
  SIGNUP_MODE: Type.Enum(["open", "verify_first"], {
    default: "open",
    description: "open or verify_first",
  }),
  FINGERPRINT_MISMATCH: Type.Enum(["log", "step_up", "revoke"], {
    default: "log",
    description: "log, step_up or revoke: what a refresh from another browser does",
  }),
  FEATURE_SECURITY_TRACKING_PERCENT: Type.Integer({
    minimum: 0,
    maximum: 100,
    default: 100,
    description: "0 to 100: for how many of the accounts devices are described and compared",
  }),
  SMS_COUNTRIES: list("ISO 3166 codes of the countries to which text messages may go, KE,US"),
  ...listenerVariables,
  CORS_ORIGINS: list("exact origins, https://app.example.com"),
  REDIRECT_URLS: list("exact addresses, https://app.example.com/signed-in"),
  API_KEY_SCOPES: list(
    "the scopes that API keys may carry; those that begin with admin, of admins alone",
    "read,write",
  ),
  USER_TYPES: list("what userType may be at sign-up; the first is the default", "client"),
  LIMITS: list("name=number, by the names in docs/limits.md"),
  MAINTENANCE_MODE: Type.Boolean({ default: false, description: "true or false" }),
  AUTH_HOST: Type.String({ default: "127.0.0.1" }),
  AUTH_PORT: port(3001),
  AUTH_METRICS_HOST: Type.String({ default: "127.0.0.1" }),
  AUTH_METRICS_PORT: port(9464),
});

type Values = Static<typeof AuthEnvironment>;

export type Config = ListenerSettings &
  Readonly<{
    databaseUrl: string;
    /** Where no binding says another. */
    databaseSchema: string;
    /** Path of the module that binds an app's own users; null for Postern's (D16). */
    bindingModule: string | null;
    databasePoolSizeMax: number;
    redisUrl: string;
    /** Without a slash at the end. The only source of links, cookie scope and issuer. */
    publicUrl: string;
    appName: string;
    keys: ServiceKeys;
    passwordRules: PasswordRules;
    signUpMode: "open" | "verify_first";
    /** The iss of access tokens: the public URL. */
    issuer: string;
    tokenAudience: string;
    signingKeyDays: number;
    accessTokenSeconds: number;
    refresh: Readonly<{ idleSeconds: number; absoluteSeconds: number; graceSeconds: number }>;
    otp: Readonly<{ lifeSeconds: number; attemptsMax: number }>;
    /** ISO 3166-1; none where no text message may go anywhere. */
    smsCountries: readonly string[];
    tracking: Readonly<{
      fingerprintMismatch: "log" | "step_up" | "revoke";
      /** 100 where a mismatch does more than log: the rollout never turns protection off. */
      trackedPercent: number;
    }>;
    corsOrigins: readonly string[];
    /** Where a provider's sign-in may end, compared to the letter. */
    redirectUrls: readonly string[];
    /** Who may vouch for users; no two with one issuer. */
    providers: readonly ProviderSettings[];
    apiKeyScopes: readonly string[];
    /** What a sign-up may call itself; the first where it says nothing. Never empty, never a role. */
    userTypes: readonly [string, ...string[]];
    limits: Limits;
    isInMaintenance: boolean;
    logLevel: string;
    listen: Readonly<{ host: string; port: number }>;
    operators: Readonly<{ host: string; port: number }>;
    commit: string;
  }>;

/** What a new password must be, and how long it stays good. */
type PasswordRules = Readonly<{
  /** Code points. */
  lengthMin: number;
  /** Passwords before the current one that may not come again. */
  history: number;
  /** 0: never too old. */
  maxAgeDays: number;
  /** Without a slash at the end; null: nobody is asked. */
  breachCheckUrl: string | null;
}>;

/**
 * Reads the environment once, at start.
 *
 * @throws {BadEnvironmentError} naming every bad variable at once, never a value
 */
export function readConfig(environment: Environment): Config {
  const values = readEnvironment(
    withProviders(AuthEnvironment, environment),
    environment,
    findFaults,
  );
  const publicUrl = values.PUBLIC_URL.replace(/\/+$/, "");
  return Object.freeze({
    databaseUrl: values.DATABASE_URL,
    databaseSchema: values.DATABASE_SCHEMA,
    bindingModule: values.POSTERN_BINDING || null,
    databasePoolSizeMax: values.DATABASE_POOL_SIZE,
    redisUrl: values.REDIS_URL,
    publicUrl,
    appName: values.APP_NAME,
    keys: readKeys(values),
    passwordRules: readPasswordRules(values),
    signUpMode: values.SIGNUP_MODE,
    issuer: publicUrl,
    tokenAudience: values.TOKEN_AUDIENCE ?? publicUrl,
    signingKeyDays: values.SIGNING_KEY_DAYS,
    accessTokenSeconds: values.ACCESS_TOKEN_SECONDS,
    refresh: {
      idleSeconds: values.REFRESH_IDLE_SECONDS,
      absoluteSeconds: values.REFRESH_ABSOLUTE_SECONDS,
      graceSeconds: values.REFRESH_GRACE_SECONDS,
    },
    otp: { lifeSeconds: values.OTP_SECONDS, attemptsMax: values.OTP_ATTEMPTS },
    smsCountries: splitList(values.SMS_COUNTRIES),
    tracking: {
      fingerprintMismatch: values.FINGERPRINT_MISMATCH,
      trackedPercent:
        values.FINGERPRINT_MISMATCH === "log" ? values.FEATURE_SECURITY_TRACKING_PERCENT : 100,
    },
    ...readListenerSettings(values),
    corsOrigins: splitList(values.CORS_ORIGINS),
    redirectUrls: splitList(values.REDIRECT_URLS),
    providers: readProviders(values),
    apiKeyScopes: splitList(values.API_KEY_SCOPES),
    userTypes: splitList(values.USER_TYPES) as [string, ...string[]],
    limits: readLimits(values.LIMITS).limits,
    isInMaintenance: values.MAINTENANCE_MODE,
    logLevel: values.LOG_LEVEL,
    listen: { host: values.AUTH_HOST, port: values.AUTH_PORT },
    operators: { host: values.AUTH_METRICS_HOST, port: values.AUTH_METRICS_PORT },
    commit: values.POSTERN_COMMIT,
  });
}

const readPasswordRules = (values: Values): PasswordRules => ({
  lengthMin: values.PASSWORD_MIN_LENGTH,
  history: values.PASSWORD_HISTORY,
  maxAgeDays: values.PASSWORD_MAX_AGE_DAYS,
  breachCheckUrl: values.PASSWORD_BREACH_CHECK_URL?.replace(/\/+$/, "") ?? null,
});

function findFaults(values: Partial<Values>): string[] {
  const faults = [
    ...findKeyFaults(values),
    ...findListenerFaults(values),
    ...findAddressFaults(values),
    ...findListFaults(values),
    ...findProviderFaults(values),
  ];
  if ((values.REFRESH_IDLE_SECONDS ?? 0) > (values.REFRESH_ABSOLUTE_SECONDS ?? Infinity)) {
    faults.push("REFRESH_IDLE_SECONDS must not exceed REFRESH_ABSOLUTE_SECONDS");
  }
  return [...faults, ...readLimits(values.LIMITS ?? "").faults];
}

/** Several hosts with commas are no URL; their drivers take them apart. */
const findAddressFaults = (values: Partial<Values>): string[] =>
  (["DATABASE_URL", "REDIS_URL", "PUBLIC_URL"] as const)
    .filter((name) => !URL.canParse(values[name]?.split(",")[0] ?? "unset:"))
    .map((name) => `${name} is not a URL`);
