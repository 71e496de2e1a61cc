import { createDigestKeys, createKeyRing, type DigestKeys, type KeyRing } from "@postern/crypto";
import {
  commonVariables,
  type Environment,
  findKeyFaults,
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
