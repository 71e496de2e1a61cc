import { createCipheriv, createDecipheriv, type KeyObject } from "node:crypto";

export const NONCE_BYTES = 12;
// Pinned on both sides: unpinned, Node accepts a tag cut to 4 bytes (SP 800-38D, 5.2.1.2).
export const TAG_BYTES = 16;

const ALGORITHM = "aes-256-gcm";
const OPTIONS = Object.freeze({ authTagLength: TAG_BYTES });

/** A nonce must never come twice under one key; what is associated is authenticated, not hidden. */
export type GcmInput = Readonly<{ nonce: Uint8Array; associatedData: Uint8Array }>;

/** AES-256-GCM (SP 800-38D) with a tag of 16 bytes; a text counts as its UTF-8. */
export function encrypt(
  key: KeyObject,
  { nonce, associatedData }: GcmInput,
  plaintext: string | Uint8Array,
): { ciphertext: Buffer; tag: Buffer } {
  const cipher = createCipheriv(ALGORITHM, key, nonce, OPTIONS);
  cipher.setAAD(associatedData);
  const ciphertext =
    typeof plaintext === "string" ? cipher.update(plaintext, "utf8") : cipher.update(plaintext);
  // GCM is a stream: final() yields no bytes, it only makes the tag.
  cipher.final();
  return { ciphertext, tag: cipher.getAuthTag() };
}

/** The plain bytes; undefined where the tag of 16 bytes does not fit all that it authenticates. */
export function decrypt(
  key: KeyObject,
  { nonce, associatedData }: GcmInput,
  { ciphertext, tag }: { ciphertext: Uint8Array; tag: Uint8Array },
): Buffer | undefined {
  const decipher = createDecipheriv(ALGORITHM, key, nonce, OPTIONS);
  decipher.setAAD(associatedData);
  decipher.setAuthTag(tag);
  const plaintext = decipher.update(ciphertext);
  try {
    decipher.final();
  } catch {
    return undefined;
  }
  return plaintext;
}
