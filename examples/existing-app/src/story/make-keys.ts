import { randomBytes } from "node:crypto";
import { createDigestKeys, createKeyRing, type DigestKeys, type KeyRing } from "@postern/crypto";

export type Keys = {
  readonly keyRing: KeyRing;
  readonly digestKeys: DigestKeys;
  /** The same two as an app's configuration holds them. */
  readonly environment: {
    readonly SYSTEM_ENCRYPTION_KEY: string;
    readonly BLIND_INDEX_KEY: string;
  };
};

/** New keys each time: an app reads its own from its configuration. */
export function makeKeys(): Keys {
  const [sealing, digests] = [randomBytes(32).toString("hex"), randomBytes(32).toString("hex")];
  return {
    keyRing: createKeyRing({ active: { id: 1, hex: sealing } }),
    digestKeys: createDigestKeys(digests),
    environment: { SYSTEM_ENCRYPTION_KEY: sealing, BLIND_INDEX_KEY: digests },
  };
}
