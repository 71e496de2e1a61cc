import { createKeyDerivation, type DeriveKey } from "./derive-key.ts";
import { keyFingerprint, readRootKey, WeakKeyError } from "./root-key.ts";

const KEY_ID_MAX = 0xff_ff_ff_ff;

/** A root key as 64 hexadecimal digits, under a number that is never given to another key. */
export type RootKey = Readonly<{ id: number; hex: string }>;

/**
 * Root keys by id: the active one seals, all of them open. Only its ids can be read or printed; the
 * keys stay inside this package.
 */
export type KeyRing = Readonly<{
  kind: "key_ring";
  activeId: number;
  ids: readonly number[];
}>;

// Outside the object, so that logging or serialising a ring cannot print a key.
const derivationsOf = new WeakMap<KeyRing, ReadonlyMap<number, DeriveKey>>();

/**
 * Checks the keys and puts them on a ring.
 *
 * @throws WeakKeyError for a key that `checkKey` refuses, an id that is no whole number from 1 to
 *   4294967295, and an id or a key that is there twice.
 */
export function createKeyRing(keys: {
  active: RootKey;
  previous?: readonly RootKey[] | undefined;
}): KeyRing {
  const all = [keys.active, ...(keys.previous ?? [])];
  const derivations = new Map(
    all.map(({ id, hex }) => [readKeyId(id), createKeyDerivation(readRootKey(hex))]),
  );
  if (derivations.size < all.length) throw new WeakKeyError("duplicate_id");
  if (new Set(all.map(({ hex }) => keyFingerprint(hex))).size < all.length) {
    throw new WeakKeyError("duplicate_key");
  }
  const ids = Object.freeze([...derivations.keys()]);
  const ring: KeyRing = Object.freeze({ kind: "key_ring", activeId: keys.active.id, ids });
  derivationsOf.set(ring, derivations);
  return ring;
}

/** The derivation under one root key; undefined where the ring has no such id. */
export function derivationOf(ring: KeyRing, keyId: number): DeriveKey | undefined {
  const derivations = derivationsOf.get(ring);
  if (!derivations) throw new TypeError("Not a key ring: make one with createKeyRing().");
  return derivations.get(keyId);
}

/** The derivation under the active root key. */
export function activeDerivation(ring: KeyRing): DeriveKey {
  return derivationOf(ring, ring.activeId) as DeriveKey;
}

function readKeyId(id: number): number {
  if (!Number.isInteger(id) || id < 1 || id > KEY_ID_MAX) throw new WeakKeyError("bad_id");
  return id;
}
