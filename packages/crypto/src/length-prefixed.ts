const PREFIX_BYTES = 4;
const NO_HEAD = new Uint8Array();

/**
 * Joins parts so that no two lists give the same bytes: each part follows its length in bytes as a
 * big-endian u32. Strings count as their UTF-8, in which a lone surrogate becomes U+FFFD. A head of
 * fixed length may stand before them, without a prefix.
 */
export function lengthPrefixed(
  parts: readonly (string | Uint8Array)[],
  head: Uint8Array = NO_HEAD,
): Buffer {
  let size = head.byteLength + PREFIX_BYTES * parts.length;
  for (const part of parts) size += Buffer.byteLength(part);
  const joined = Buffer.allocUnsafe(size);
  joined.set(head);
  let offset = head.byteLength;
  for (const part of parts) {
    const start = offset + PREFIX_BYTES;
    const length = typeof part === "string" ? joined.write(part, start) : part.byteLength;
    if (typeof part !== "string") joined.set(part, start);
    joined.writeUInt32BE(length, offset);
    offset = start + length;
  }
  return joined;
}
