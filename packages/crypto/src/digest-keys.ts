import { createKeyDerivation, type DeriveKey } from "./derive-key.ts";
import { readRootKey } from "./root-key.ts";

/** The keys of all digests and derivations, made from one root. No key can be read or printed. */
export type DigestKeys = Readonly<{ kind: "digest_keys" }>;

// Outside the object, so that logging or serialising it cannot print a key.
const derivationOfKeys = new WeakMap<DigestKeys, DeriveKey>();

/**
 * Makes the digest keys from BLIND_INDEX_KEY. Changing that key breaks every look-up, code and
 * digest made under it; the keys that seal are apart and may turn freely.
 *
 * @throws WeakKeyError for a key that `checkKey` refuses.
 */
export function createDigestKeys(blindIndexKeyHex: string): DigestKeys {
  const keys: DigestKeys = Object.freeze({ kind: "digest_keys" });
  derivationOfKeys.set(keys, createKeyDerivation(readRootKey(blindIndexKeyHex)));
  return keys;
}

/** The derivation under the root of these digest keys. */
export function digestDerivation(keys: DigestKeys): DeriveKey {
  const derive = derivationOfKeys.get(keys);
  if (!derive) throw new TypeError("Not digest keys: make them with createDigestKeys().");
  return derive;
}
