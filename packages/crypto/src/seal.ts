import { randomBytes } from "node:crypto";
import type { Sealed } from "@postern/schema/sealed";
import { decrypt, encrypt, NONCE_BYTES } from "./aes-256-gcm.ts";
import type { ColumnKey, SealedPlace } from "./column-key.ts";
import { decodeEnvelope, encodeEnvelope, PLAINTEXT_BYTES_MAX } from "./envelope.ts";
import { type KeyRing, secretsOfRing } from "./key-ring.ts";
import { lengthPrefixed } from "./length-prefixed.ts";
import { SealLimitError } from "./seal-limits.ts";

const NONCES_DRAWN = 256;

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
 * count rows by key. Its type names table and column, and no other column takes it.
 *
 * @throws TypeError where the place is incomplete or holds a NUL, or any of the strings holds a
 *   lone surrogate, which UTF-8 cannot carry.
 * @throws RangeError for more than 65,536 bytes of UTF-8.
 * @throws SealLimitError for the first value past what one key may seal (`SealLimits`).
 */
export function seal<const Table extends string, const Column extends string>(
  ring: KeyRing,
  plaintext: string,
  place: SealedPlace<Table, Column>,
): Sealed<Table, Column> {
  checkPlaintext(plaintext);
  const columnKey = takeKey(ring, place);
  const nonce = takeNonce();
  const associatedData = lengthPrefixed([place.rowId], columnKey.associated);
  const { ciphertext, tag } = encrypt(columnKey.key, { nonce, associatedData }, plaintext);
  return encodeEnvelope(columnKey.header, nonce, ciphertext, tag) as Sealed<Table, Column>;
}

/**
 * Gives back the text that was sealed for this very place, under the active or a previous key.
 *
 * @throws SealedValueError for anything else: changed, cut, moved, made by an unknown key, written
 *   in another base64url than the canonical one, or not sealed at all. It never falls back.
 */
export function open<Table extends string, Column extends string>(
  ring: KeyRing,
  sealed: Sealed<Table, Column>,
  place: SealedPlace<NoInfer<Table>, NoInfer<Column>>,
): string {
  const { keys } = secretsOfRing(ring);
  const envelope = decodeEnvelope(sealed);
  const columnKey = envelope && keys.get(envelope.keyId)?.columns.of(place);
  if (!columnKey) throw new SealedValueError();
  const { nonce } = envelope;
  const associatedData = lengthPrefixed([place.rowId], columnKey.associated);
  const plaintext = decrypt(columnKey.key, { nonce, associatedData }, envelope);
  if (!plaintext) throw new SealedValueError();
  return plaintext.toString("utf8");
}

/**
 * The id of the root key that a value was sealed under, which its header says in clear; null for
 * what is no sealed value. It proves nothing: it tells a key that is not here yet from a value that
 * is bad.
 */
export function sealedKeyId(sealed: string): number | null {
  return decodeEnvelope(sealed)?.keyId ?? null;
}

let nonces = Buffer.alloc(0);

/** Each is drawn once. The generator is asked for many at a time, which costs as much as one. */
function takeNonce(): Buffer {
  if (nonces.length === 0) nonces = randomBytes(NONCES_DRAWN * NONCE_BYTES);
  const nonce = nonces.subarray(0, NONCE_BYTES);
  nonces = nonces.subarray(NONCE_BYTES);
  return nonce;
}

/** The key that seals for a place, once more counted. */
function takeKey(ring: KeyRing, place: SealedPlace): ColumnKey {
  const { keys, limits } = secretsOfRing(ring);
  const columnKey = keys.get(ring.activeId)?.columns.of(place);
  if (!columnKey) {
    throw new TypeError(
      "A sealed value needs a table, a column and a row id, as text without NUL.",
    );
  }
  if (columnKey.count >= limits.max) throw new SealLimitError();
  columnKey.count += 1;
  if (columnKey.count === limits.alarmAt) {
    const { table, column, count } = columnKey;
    limits.onAlarm({ keyId: ring.activeId, table, column, count });
  }
  return columnKey;
}

function checkPlaintext(plaintext: string): void {
  if (typeof plaintext !== "string") throw new TypeError("Only a text can be sealed.");
  if (!plaintext.isWellFormed()) throw new TypeError("A lone surrogate cannot be sealed.");
  if (Buffer.byteLength(plaintext) > PLAINTEXT_BYTES_MAX) {
    throw new RangeError(`At most ${PLAINTEXT_BYTES_MAX} bytes can be sealed.`);
  }
}
