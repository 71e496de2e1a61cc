import { createSecretKey, hash, type KeyObject } from "node:crypto";

const KEY_TEXT = /^[0-9a-f]{64}$/i;
const DISTINCT_BYTES_MIN = 16;
const FINGERPRINT_CHARS = 16;

// SHA-256 of the lower-case text of keys that anybody can read somewhere. Digests, so that the
// source gives no key away.
const PUBLISHED_KEY_DIGESTS: ReadonlySet<string> = new Set([
  // Keys that older systems printed in their documents.
  "63acf0cf9d469d88b8121a6f5288414384670f25a3241df662b670ab88750e6d",
  "7672a7efd531aaf529586b0a7c06b5c36141a02cd2822b3d5e7162c83b9fd425",
  "bdeaba192074d262247e87144c9c9db2ed2894b467e694338066e34a266d0c69",
  // AES-256 test vectors that pass for random: FIPS 197 C.3, GCM specification B (case 13 on).
  "6c86c6aac5fb24bcf5d9939cb7d7d5645ce39418f449e03b262dd4fa14b4b92b",
  "4c0ef241e6e98accb3b1ed32a21f61fe8990d85518c172917f67f906f714115d",
]);

/** What `checkKey` finds. Only an `"ok"` key may be used. */
export type KeyCheck = "ok" | "malformed" | "weak" | "published";

/** Why a key was refused. */
export type KeyFault = Exclude<KeyCheck, "ok"> | "bad_id" | "duplicate_id" | "duplicate_key";

const FAULTS: Readonly<Record<KeyFault, string>> = {
  malformed: "A key must be 64 hexadecimal digits.",
  weak: "A key must have at least 16 distinct bytes. Make one with a random generator.",
  published: "This key is known to the public. Make a new one.",
  bad_id: "A key id must be a whole number from 1 to 4294967295.",
  duplicate_id: "Two keys have the same id.",
  duplicate_key: "Two ids have the same key.",
};

/** A key that must not be used. Says what is wrong with it, never any part of it. */
export class WeakKeyError extends Error {
  override readonly name = "WeakKeyError";
  readonly fault: KeyFault;

  constructor(fault: KeyFault) {
    super(FAULTS[fault]);
    this.fault = fault;
  }
}

/**
 * Judges a root key: 64 hexadecimal digits of either case, at least 16 distinct bytes (random keys
 * have about 30), and not known to the public. Never throws.
 */
export function checkKey(hex: string): KeyCheck {
  if (!isKeyText(hex)) return "malformed";
  if (isPublished(hex)) return "published";
  return new Set(Buffer.from(hex, "hex")).size < DISTINCT_BYTES_MIN ? "weak" : "ok";
}

// A list of one text or a number of 64 digits would pass for its text.
function isKeyText(hex: unknown): boolean {
  return typeof hex === "string" && KEY_TEXT.test(hex);
}

// A published key written in the other case is the same key, and its digest may be of either.
function isPublished(hex: string): boolean {
  return [hex, hex.toLowerCase(), hex.toUpperCase()].some((text) =>
    PUBLISHED_KEY_DIGESTS.has(hash("sha256", text)),
  );
}

/**
 * 16 hexadecimal digits that name a key without giving it away: to show an operator which key runs,
 * and to see that two purposes share none. The case of the digits does not matter.
 *
 * @throws WeakKeyError where the text is not 64 hexadecimal digits.
 */
export function keyFingerprint(hex: string): string {
  if (!isKeyText(hex)) throw new WeakKeyError("malformed");
  return hash("sha256", `postern/key-fingerprint/v1/${hex.toLowerCase()}`).slice(
    0,
    FINGERPRINT_CHARS,
  );
}

/**
 * Turns a key that `checkKey` finds good into an object that does not print it; throws
 * WeakKeyError.
 */
export function readRootKey(hex: string): KeyObject {
  const check = checkKey(hex);
  if (check !== "ok") throw new WeakKeyError(check);
  return createSecretKey(Buffer.from(hex, "hex"));
}
