import { createHmac } from "node:crypto";
import { type DigestKeys, digestDerivation } from "./digest-keys.ts";
import { lengthPrefixed } from "./length-prefixed.ts";

const purposes = [
  "lane",
  "one-time-code",
  "code-verifier",
  "challenge-tag",
  "device",
  "csrf",
  "backup-code",
  "reset-link",
  "pending-token",
  "throttle",
  "callback-path",
] as const;

/** What a digest is for. Each has a key of its own, so no digest of one passes for another's. */
export type DigestPurpose = (typeof purposes)[number];

const known: ReadonlySet<string> = new Set(purposes);

/** A part of what is digested; a string counts as its UTF-8. */
export type DigestPart = string | Uint8Array;

/**
 * HMAC-SHA-256 (RFC 2104) of the parts as base64url, 43 characters, under the HKDF key of
 * `postern/<purpose>/v1`. Each part is prefixed with its length, so `("ab", "c")` and `("a", "bc")`
 * differ. A lone surrogate counts as U+FFFD.
 *
 * @throws TypeError for a purpose that is not in the list, or keys of another maker.
 */
export function keyedDigest(
  keys: DigestKeys,
  purpose: DigestPurpose,
  ...parts: readonly DigestPart[]
): string {
  return keyedDigestBytes(keys, purpose, parts).toString("base64url");
}

/** The same digest as its 32 bytes. */
export function keyedDigestBytes(
  keys: DigestKeys,
  purpose: DigestPurpose,
  parts: readonly DigestPart[],
): Buffer {
  if (!known.has(purpose)) throw new TypeError("A digest needs a known purpose.");
  const key = digestDerivation(keys)(`postern/${purpose}/v1`);
  return createHmac("sha256", key).update(lengthPrefixed(parts)).digest();
}
