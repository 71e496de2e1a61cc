/** Base64 without padding, as password hashes have it. */
export function encodeUnpadded(bytes: Buffer): string {
  return bytes.toString("base64").replaceAll("=", "");
}

/** Null for what `encodeUnpadded` would write in another way. */
export function decodeUnpadded(text: string | undefined): Buffer | null {
  const bytes = Buffer.from(text ?? "", "base64");
  return encodeUnpadded(bytes) === text ? bytes : null;
}
