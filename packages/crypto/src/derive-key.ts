import { createSecretKey, hkdfSync, type KeyObject } from "node:crypto";

const KEY_BYTES = 32;
const DERIVED_KEYS_MAX = 256;

/** Gives the 256-bit key of a label, always the same for the same label. */
export type DeriveKey = (label: string) => KeyObject;

/**
 * HKDF-SHA-256 (RFC 5869) without salt: the root is uniform already, and the label keeps purposes
 * apart. Keys in use are remembered, at most 256 of them; the oldest makes room.
 */
export function createKeyDerivation(root: KeyObject): DeriveKey {
  const derived = new Map<string, KeyObject>();
  return (label) => {
    const known = derived.get(label);
    if (known) return known;
    const key = createSecretKey(Buffer.from(hkdfSync("sha256", root, "", label, KEY_BYTES)));
    const oldest = derived.keys().next();
    if (derived.size >= DERIVED_KEYS_MAX && !oldest.done) derived.delete(oldest.value);
    derived.set(label, key);
    return key;
  };
}
