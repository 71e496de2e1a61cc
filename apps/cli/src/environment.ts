import { createDigestKeys, createKeyRing, type DigestKeys, type KeyRing } from "@postern/crypto";
import {
  commonVariables,
  type Environment,
  findKeyFaults,
  port,
  readEnvironment,
  readKeys,
  type ServiceKeys,
} from "@postern/environment";
import { Type } from "typebox";

const { DATABASE_URL, DATABASE_SCHEMA } = commonVariables;

const keyVariables = {
  SYSTEM_ENCRYPTION_KEY: commonVariables.SYSTEM_ENCRYPTION_KEY,
  SYSTEM_ENCRYPTION_KEY_ID: commonVariables.SYSTEM_ENCRYPTION_KEY_ID,
  SYSTEM_ENCRYPTION_KEYS_PREVIOUS: commonVariables.SYSTEM_ENCRYPTION_KEYS_PREVIOUS,
  BLIND_INDEX_KEY: commonVariables.BLIND_INDEX_KEY,
  PASSWORD_PEPPER: Type.Optional(Type.String()),
  PASSWORD_PEPPER_ID: Type.Integer({ minimum: 1, maximum: 4_294_967_295, default: 1 }),
  PASSWORD_PEPPERS_PREVIOUS: Type.String({ default: "" }),
};

const DatabaseVariables = Type.Object({ DATABASE_URL, DATABASE_SCHEMA });
const KeyVariables = Type.Object(keyVariables);
const MaybeBinding = Type.Object({ POSTERN_BINDING: Type.String({ default: "" }) });
const RedisVariables = Type.Object({
  REDIS_URL: Type.String({
    pattern: "^rediss?://.",
    description: "the address of Redis, redis://host:6379",
  }),
});
const TokenVariables = Type.Object({
  ACCESS_TOKEN_SECONDS: Type.Integer({ minimum: 1, maximum: 31_536_000, default: 900 }),
});
const TrackingVariables = Type.Object({
  FEATURE_SECURITY_TRACKING_PERCENT: Type.Integer({ minimum: 0, maximum: 100, default: 100 }),
  FINGERPRINT_MISMATCH: Type.Enum(["log", "step_up", "revoke"], { default: "log" }),
});
const DeploymentVariables = Type.Object({
  PUBLIC_URL: Type.String({
    pattern: "^https?://[^?#]+$",
    description: "the address under which people reach the auth service",
  }),
  SIGNING_KEY_DAYS: Type.Integer({ minimum: 1, maximum: 365, default: 30 }),
  AUTH_HOST: Type.String({ default: "127.0.0.1" }),
  AUTH_PORT: port(3001),
  NOTIFIER_HOST: Type.String({ default: "127.0.0.1" }),
  NOTIFIER_PORT: port(3002),
});
const MaybeDatabase = Type.Object({ DATABASE_URL: Type.Optional(DATABASE_URL) });

export type Keys = {
  readonly service: ServiceKeys;
  readonly ring: KeyRing;
  readonly digests: DigestKeys;
};

/** @throws {BadEnvironmentError} naming every bad variable at once */
export function readDatabase(environment: Environment): { url: string; schema: string } {
  const values = readEnvironment(DatabaseVariables, environment);
  return { url: values.DATABASE_URL, schema: values.DATABASE_SCHEMA };
}

/** The module that binds an app's own users; null for Postern's. */
export const readBinding = (environment: Environment): string | null =>
  readEnvironment(MaybeBinding, environment).POSTERN_BINDING || null;

/** @throws {BadEnvironmentError} */
export const readRedisUrl = (environment: Environment): string =>
  readEnvironment(RedisVariables, environment).REDIS_URL;

/** @throws {BadEnvironmentError} */
export const readAccessTokenSeconds = (environment: Environment): number =>
  readEnvironment(TokenVariables, environment).ACCESS_TOKEN_SECONDS;

/**
 * As the auth service has it: where another fingerprint ends a session, all accounts are tracked.
 *
 * @throws {BadEnvironmentError}
 */
export function readTrackedPercent(environment: Environment): number {
  const values = readEnvironment(TrackingVariables, environment);
  return values.FINGERPRINT_MISMATCH === "log" ? values.FEATURE_SECURITY_TRACKING_PERCENT : 100;
}

/** @throws {BadEnvironmentError} */
export function readDeployment(environment: Environment) {
  const values = readEnvironment(DeploymentVariables, environment);
  return {
    redisUrl: readRedisUrl(environment),
    bindingModule: readBinding(environment),
    publicUrl: values.PUBLIC_URL,
    signingKeyDays: values.SIGNING_KEY_DAYS,
    services: {
      auth: addressOf(values.AUTH_HOST, values.AUTH_PORT),
      notifier: addressOf(values.NOTIFIER_HOST, values.NOTIFIER_PORT),
    },
  };
}

/** A service that listens everywhere listens here too. */
function addressOf(host: string, at: number): string {
  const here = host === "0.0.0.0" || host === "::" ? "127.0.0.1" : host;
  return `http://${here.includes(":") ? `[${here}]` : here}:${at}`;
}

/** Null where the command can do without. */
export const readDatabaseUrl = (environment: Environment): string | null =>
  readEnvironment(MaybeDatabase, environment).DATABASE_URL ?? null;

/** @throws {BadEnvironmentError} naming every bad variable at once, never a value */
export function readKeysOf(environment: Environment): Keys {
  const service = readKeys(readEnvironment(KeyVariables, environment, findKeyFaults));
  return {
    service,
    ring: createKeyRing(service.sealing),
    digests: createDigestKeys(service.blindIndexHex),
  };
}
