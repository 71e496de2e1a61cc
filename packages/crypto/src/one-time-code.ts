import { randomBytes } from "node:crypto";
import type { DigestKeys } from "./digest-keys.ts";
import { keyedDigest, keyedDigestBytes } from "./keyed-digest.ts";

const SEED_BYTES = 16;
const SEED = /^[A-Za-z0-9_-]{22}$/;
const BASE = 10n;

/** All that a code follows from, beside the key. Seal the seed wherever it is kept. */
export type CodeSource = Readonly<{
  /** From `newSeed()`. */
  seed: string;
  /** What the code is good for. */
  purpose: string;
  /** The normalised address or number that the code is sent to. */
  recipient: string;
  /** 6 for a second step or a verification, 8 where the code alone signs in or resets. */
  digits: 6 | 8;
}>;

/** A new seed for one challenge: 128 random bits as base64url, 22 characters. */
export function newSeed(): string {
  return randomBytes(SEED_BYTES).toString("base64url");
}

/**
 * The decimal code of a challenge, leading zeros kept: the first 64 bits of the keyed digest of
 * seed, purpose and recipient, modulo 10^digits. Anyone who holds seed and key can derive it
 * again, so nobody stores it.
 *
 * No code is more likely than another by more than 10^digits / 2^64, under 1 in 10^11; the
 * truncation of RFC 4226 keeps 31 bits, and at 8 digits some of its codes are 1 in 21 likelier.
 *
 * @throws TypeError where the seed is not one of `newSeed()`, the purpose or the recipient is
 *   empty, or the digits are neither 6 nor 8.
 */
export function deriveCode(keys: DigestKeys, source: CodeSource): string {
  const { seed, purpose, recipient, digits } = source;
  if (!SEED.test(seed)) throw new TypeError("The seed of a code must come from newSeed().");
  if (!purpose || !recipient || (digits !== 6 && digits !== 8)) {
    throw new TypeError("A code needs a purpose, a recipient, and 6 or 8 digits.");
  }
  const digest = keyedDigestBytes(keys, "one-time-code", [seed, purpose, recipient]);
  const code = digest.readBigUInt64BE() % BASE ** BigInt(digits);
  return code.toString().padStart(digits, "0");
}

/**
 * What is compared in place of a code: the keyed digest of challenge id and code, 43 characters.
 * A short code can be found from it by whoever holds the key, and by nobody else.
 */
export function codeVerifier(
  keys: DigestKeys,
  { challengeId, code }: { challengeId: string; code: string },
): string {
  return keyedDigest(keys, "code-verifier", challengeId, code);
}
