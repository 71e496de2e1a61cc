const ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
const BITS_A_LETTER = 5;
const BITS_A_BYTE = 8;
const TEXT = /^[A-Z2-7]*={0,6}$/;

/** Base32 of RFC 4648, section 6, in capitals and without padding. */
export function encodeBase32(bytes: Uint8Array): string {
  let text = "";
  let value = 0;
  let bits = 0;
  for (const byte of bytes) {
    value = (value << BITS_A_BYTE) | byte;
    bits += BITS_A_BYTE;
    while (bits >= BITS_A_LETTER) {
      bits -= BITS_A_LETTER;
      text += ALPHABET.charAt((value >> bits) & 31);
    }
    value &= (1 << bits) - 1;
  }
  return bits > 0 ? text + ALPHABET.charAt((value << (BITS_A_LETTER - bits)) & 31) : text;
}

/**
 * Reads Base32 in capitals, with or without padding. Null for anything else, and for a text that
 * `encodeBase32` would write in another way: a length that no bytes have, spare bits that are set.
 */
export function decodeBase32(text: string): Buffer | null {
  if (!TEXT.test(text)) return null;
  const letters = text.replaceAll("=", "");
  const bytes = Buffer.alloc(Math.floor((letters.length * BITS_A_LETTER) / BITS_A_BYTE));
  let value = 0;
  let bits = 0;
  let length = 0;
  for (const letter of letters) {
    value = ((value << BITS_A_LETTER) | ALPHABET.indexOf(letter)) & 0xfff;
    bits += BITS_A_LETTER;
    if (bits < BITS_A_BYTE) continue;
    bits -= BITS_A_BYTE;
    bytes[length] = value >> bits;
    length += 1;
  }
  return encodeBase32(bytes) === letters ? bytes : null;
}
