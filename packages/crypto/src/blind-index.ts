import { createHmac } from "node:crypto";
import { type DigestKeys, digestDerivation } from "./digest-keys.ts";

const INDEX_BYTES = 16;
// A table and a column, both there, with no further dot to tell them apart by.
const COLUMN = /^[^.\0]+[.][^.\0]+$/;

/** The column that an index serves. */
export type IndexedColumn = `${string}.${string}`;

/**
 * What stands in an index column in place of a sealed value, so that equal values can be found:
 * the first 128 bits of HMAC-SHA-256 as base64url, 22 characters, under the HKDF key of
 * `postern/blind-index/v1/<table>.<column>`. Equal values of different columns have different
 * indexes.
 *
 * Normalise the value first (`normaliseEmail`, `normalisePhone`): one other byte is another index.
 * Who holds the key can test guesses, so the index is shown to nobody.
 *
 * @throws TypeError where the column is not `<table>.<column>`, the value is no text, or the keys
 *   are of another maker.
 */
export function blindIndex(keys: DigestKeys, column: IndexedColumn, normalised: string): string {
  if (!COLUMN.test(column)) throw new TypeError("A blind index needs <table>.<column>.");
  if (typeof normalised !== "string") throw new TypeError("A blind index is made of a text.");
  const key = digestDerivation(keys)(`postern/blind-index/v1/${column}`);
  const digest = createHmac("sha256", key).update(normalised, "utf8").digest();
  return digest.toString("base64url", 0, INDEX_BYTES);
}

/**
 * What stands in a unique index column until it is proved that the value is the row's own: it fits
 * the column, is the same for the same row and value, and differs from every other row's. So nobody
 * learns from a refusal whether another row has the value, and who proves it finds the place free.
 *
 * @throws TypeError as `blindIndex`.
 */
export const unprovedIndex = (
  keys: DigestKeys,
  column: IndexedColumn,
  { rowId, value }: { rowId: string; value: string },
): string => blindIndex(keys, `${column}_unproved`, JSON.stringify([rowId, value]));
