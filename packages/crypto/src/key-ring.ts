import { type ColumnKeys, createColumnKeys } from "./column-key.ts";
import { createKeyDerivation, type DeriveKey } from "./derive-key.ts";
import { keyFingerprint, readRootKey, WeakKeyError } from "./root-key.ts";
import { type CheckedSealLimits, readSealLimits, type SealLimits } from "./seal-limits.ts";

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

type RingKey = Readonly<{ fingerprint: string; derive: DeriveKey; columns: ColumnKeys }>;
type RingSecrets = Readonly<{ keys: ReadonlyMap<number, RingKey>; limits: CheckedSealLimits }>;

// Outside the object, so that logging or serialising a ring cannot print a key.
const secretsOf = new WeakMap<KeyRing, RingSecrets>();

/**
 * Checks the keys and puts them on a ring.
 *
 * @throws WeakKeyError for a key that `checkKey` refuses, an id that is no whole number from 1 to
 *   4294967295, and an id or a key that is there twice.
 * @throws RangeError for limits out of order, or above what SP 800-38D allows.
 */
export function createKeyRing(keys: {
  active: RootKey;
  previous?: readonly RootKey[] | undefined;
  sealLimits?: SealLimits | undefined;
}): KeyRing {
  const all = [keys.active, ...(keys.previous ?? [])];
  const byId = new Map(all.map((key) => [readKeyId(key), readKey(key)]));
  if (byId.size < all.length) throw new WeakKeyError("duplicate_id");
  const fingerprints = new Set([...byId.values()].map(({ fingerprint }) => fingerprint));
  if (fingerprints.size < all.length) throw new WeakKeyError("duplicate_key");

  const limits = readSealLimits(keys.sealLimits);
  const ids = Object.freeze([...byId.keys()]);
  const ring: KeyRing = Object.freeze({ kind: "key_ring", activeId: keys.active.id, ids });
  secretsOf.set(ring, { keys: byId, limits });
  return ring;
}

/** What is kept of a ring beside its ids. */
export function secretsOfRing(ring: KeyRing): RingSecrets {
  const secrets = secretsOf.get(ring);
  if (!secrets) throw new TypeError("Not a key ring: make one with createKeyRing().");
  return secrets;
}

/** The derivation under one root key; undefined where the ring has no such id. */
export function derivationOf(ring: KeyRing, keyId: number): DeriveKey | undefined {
  return secretsOfRing(ring).keys.get(keyId)?.derive;
}

function readKey({ id, hex }: RootKey): RingKey {
  const derive = createKeyDerivation(readRootKey(hex));
  return { fingerprint: keyFingerprint(hex), derive, columns: createColumnKeys(id, derive) };
}

function readKeyId({ id }: RootKey): number {
  if (!Number.isInteger(id) || id < 1 || id > KEY_ID_MAX) throw new WeakKeyError("bad_id");
  return id;
}
