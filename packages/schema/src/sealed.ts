declare const sealedFor: unique symbol;

/**
 * Ciphertext made by `seal()` in @postern/crypto, and by nothing else, for one column of one table:
 * `Sealed<"users", "encrypted_phone_number">`. A plain string does not type-check as one, nor does
 * a value that was sealed for another column, so writing either does not compile.
 *
 * `Sealed` alone is a value of any column: to read a header from, and to write nowhere.
 */
export type Sealed<Table extends string = string, Column extends string = string> = string & {
  readonly [sealedFor]: { readonly table: Table; readonly column: Column };
};

/** Every sealed value starts with its format version. */
export const SEALED_PREFIX = "pe1.";

/** A sealed value to PostgreSQL: header, nonce and tag are 34 bytes. CHECK constraints say it. */
export const SEALED_PATTERN = "^pe1[.][A-Za-z0-9_-]{46,}$";
