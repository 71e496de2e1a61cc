import { SEALED_PREFIX } from "@postern/schema/sealed";
import { NONCE_BYTES, TAG_BYTES } from "./aes-256-gcm.ts";

const VERSION = 1;
const AES_256_GCM = 1;
const KEY_ID_OFFSET = 2;
const HEADER_BYTES = 6;
const BODY_START = HEADER_BYTES + NONCE_BYTES;
export const PLAINTEXT_BYTES_MAX = 65_536;
const ENVELOPE_CHARS_MAX = Math.ceil(((BODY_START + PLAINTEXT_BYTES_MAX + TAG_BYTES) * 4) / 3);

/** The parts of a sealed value, read. */
export type Envelope = Readonly<{
  keyId: number;
  nonce: Buffer;
  ciphertext: Buffer;
  tag: Buffer;
}>;

/** Version 1 byte, algorithm 1 byte, key id u32. */
export function encodeHeader(keyId: number): Buffer {
  const header = Buffer.alloc(HEADER_BYTES);
  header[0] = VERSION;
  header[1] = AES_256_GCM;
  header.writeUInt32BE(keyId, KEY_ID_OFFSET);
  return header;
}

/** The text of a sealed value: the prefix, and base64url of header, nonce, ciphertext and tag. */
export function encodeEnvelope(...parts: readonly Buffer[]): string {
  return SEALED_PREFIX + Buffer.concat(parts).toString("base64url");
}

/** Reads the text of a sealed value; undefined for all that `encodeEnvelope` never writes. */
export function decodeEnvelope(sealed: unknown): Envelope | undefined {
  if (typeof sealed !== "string" || !sealed.startsWith(SEALED_PREFIX)) return undefined;
  const text = sealed.slice(SEALED_PREFIX.length);
  if (text.length > ENVELOPE_CHARS_MAX) return undefined;
  const bytes = Buffer.from(text, "base64url");
  const isKnown = bytes[0] === VERSION && bytes[1] === AES_256_GCM;
  if (!isKnown || bytes.length < BODY_START + TAG_BYTES) return undefined;
  // Node skips what is not base64 and drops spare bits; only the canonical text comes back the
  // same.
  if (bytes.toString("base64url") !== text) return undefined;
  return {
    keyId: bytes.readUInt32BE(KEY_ID_OFFSET),
    nonce: bytes.subarray(HEADER_BYTES, BODY_START),
    ciphertext: bytes.subarray(BODY_START, -TAG_BYTES),
    tag: bytes.subarray(-TAG_BYTES),
  };
}
