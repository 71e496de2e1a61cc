declare const sealedFor: unique symbol;

/**
 * Ciphertext made by `seal()` in @postern/crypto, and by nothing else, for one column of one table:
 * `Sealed<"users", "encrypted_phone_number">`. A plain string does not type-check as one, nor does a
 * value that was sealed for another column, so writing either does not compile.
 *
 * `Sealed` alone is a value of any column: to read a header from, and to write nowhere.
 */
export type Sealed<Table extends string = string, Column extends string = string> = string & {
  readonly [sealedFor]: { readonly table: Table; readonly column: Column };
};

/** Every sealed value starts with its format version; CHECK constraints test for it. */
export const SEALED_PREFIX = "pe1.";
