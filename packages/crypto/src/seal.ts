import { createCipheriv, createDecipheriv, type KeyObject, randomBytes } from "node:crypto";
import { SEALED_PREFIX, type Sealed } from "@postern/schema/sealed";
import type { DeriveKey } from "./derive-key.ts";
import { activeDerivation, derivationOf, type KeyRing } from "./key-ring.ts";
import { lengthPrefixed } from "./length-prefixed.ts";

const VERSION = 1;
const AES_256_GCM = 1;
const HEADER_BYTES = 6;
const NONCE_BYTES = 12;
const BODY_START = HEADER_BYTES + NONCE_BYTES;
// Pinned on both sides: unpinned, Node accepts a tag cut to 4 bytes (SP 800-38D, 5.2.1.2).
const TAG_BYTES = 16;
const PLAINTEXT_BYTES_MAX = 65_536;
const ENVELOPE_CHARS_MAX = Math.ceil(((BODY_START + PLAINTEXT_BYTES_MAX + TAG_BYTES) * 4) / 3);

/**
 * Where a value lives. It is authenticated, not stored: a value copied to another row, column or
 * table does not open. The row id must be known before the row is inserted.
 */
export type SealedPlace = Readonly<{ table: string; column: string; rowId: string }>;

/** The value cannot be opened here. One message for every cause, so a forger learns nothing. */
export class SealedValueError extends Error {
  override readonly name = "SealedValueError";

  constructor() {
    super("The sealed value cannot be opened.");
  }
}

/**
 * Encrypts a text for one place under the active key: AES-256-GCM (SP 800-38D) with a random
 * 96-bit nonce, under a key of its own for each column.
 *
 * The result is `pe1.` + base64url(version 1 byte, algorithm 1 byte, key id u32, nonce 12 bytes,
 * ciphertext, tag 16 bytes). Its first 12 characters name version, algorithm and key, so SQL can
 * count rows by key. Stay under 2^32 values for each column and key (SP 800-38D, 8.3).
 *
 * @throws TypeError where the place is incomplete, or any of the strings holds a lone surrogate,
 *   which UTF-8 cannot carry.
 * @throws RangeError for more than 65,536 bytes of UTF-8.
 */
export function seal(ring: KeyRing, plaintext: string, place: SealedPlace): Sealed {
  if (!isPlace(place)) {
    throw new TypeError("A sealed value needs a table, a column and a row id in valid Unicode.");
  }
  if (!plaintext.isWellFormed()) throw new TypeError("A lone surrogate cannot be sealed.");
  if (Buffer.byteLength(plaintext) > PLAINTEXT_BYTES_MAX) {
    throw new RangeError(`At most ${PLAINTEXT_BYTES_MAX} bytes can be sealed.`);
  }
  const header = encodeHeader(ring.activeId);
  const nonce = randomBytes(NONCE_BYTES);
  const cipher = createCipheriv("aes-256-gcm", columnKey(activeDerivation(ring), place), nonce, {
    authTagLength: TAG_BYTES,
  });
  cipher.setAAD(encodeAssociatedData(header, place));
  const ciphertext = cipher.update(plaintext, "utf8");
  // GCM is a stream: final() yields no bytes, it only makes the tag.
  cipher.final();
  const envelope = Buffer.concat([header, nonce, ciphertext, cipher.getAuthTag()]);
  return `${SEALED_PREFIX}${envelope.toString("base64url")}` as Sealed;
}

/**
 * Gives back the text that was sealed for this very place, under the active or a previous key.
 *
 * @throws SealedValueError for anything else: changed, cut, moved, made by an unknown key, written
 *   in another base64url than the canonical one, or not sealed at all. It never falls back.
 */
export function open(ring: KeyRing, sealed: Sealed, place: SealedPlace): string {
  const envelope = decodeEnvelope(sealed);
  const derive = envelope && derivationOf(ring, envelope.readUInt32BE(2));
  const plaintext = derive && isPlace(place) && decrypt(envelope, derive, place);
  if (typeof plaintext !== "string") throw new SealedValueError();
  return plaintext;
}

/**
 * The id of the root key that a value was sealed under, which its header says in clear; null for what
 * is no sealed value. It proves nothing: it tells a key that is not here yet from a value that is bad.
 */
export function sealedKeyId(sealed: string): number | null {
  return decodeEnvelope(sealed)?.readUInt32BE(2) ?? null;
}

function decrypt(envelope: Buffer, derive: DeriveKey, place: SealedPlace): string | undefined {
  const nonce = envelope.subarray(HEADER_BYTES, BODY_START);
  const decipher = createDecipheriv("aes-256-gcm", columnKey(derive, place), nonce, {
    authTagLength: TAG_BYTES,
  });
  decipher.setAAD(encodeAssociatedData(envelope.subarray(0, HEADER_BYTES), place));
  decipher.setAuthTag(envelope.subarray(-TAG_BYTES));
  const plaintext = decipher.update(envelope.subarray(BODY_START, -TAG_BYTES));
  try {
    decipher.final();
  } catch {
    return undefined;
  }
  return plaintext.toString("utf8");
}

function decodeEnvelope(sealed: unknown): Buffer | undefined {
  if (typeof sealed !== "string" || !sealed.startsWith(SEALED_PREFIX)) return undefined;
  const text = sealed.slice(SEALED_PREFIX.length);
  if (text.length > ENVELOPE_CHARS_MAX) return undefined;
  const envelope = Buffer.from(text, "base64url");
  // Node skips what is not base64 and drops spare bits; only the canonical text comes back the same.
  if (envelope.toString("base64url") !== text) return undefined;
  const isKnown = envelope[0] === VERSION && envelope[1] === AES_256_GCM;
  return isKnown && envelope.length >= BODY_START + TAG_BYTES ? envelope : undefined;
}

function encodeHeader(keyId: number): Buffer {
  const header = Buffer.alloc(HEADER_BYTES);
  header[0] = VERSION;
  header[1] = AES_256_GCM;
  header.writeUInt32BE(keyId, 2);
  return header;
}

function encodeAssociatedData(header: Buffer, { table, column, rowId }: SealedPlace): Buffer {
  return lengthPrefixed([table, column, rowId], header);
}

function columnKey(derive: DeriveKey, { table, column }: SealedPlace): KeyObject {
  return derive(`postern/field/v1/${table}.${column}`);
}

// UTF-8 writes every lone surrogate as U+FFFD, so two places with different ones would be one.
function isPlace({ table, column, rowId }: SealedPlace): boolean {
  return isPart(table) && isPart(column) && isPart(rowId);
}

function isPart(part: unknown): boolean {
  return typeof part === "string" && part !== "" && part.isWellFormed();
}
