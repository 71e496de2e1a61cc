declare const sealed: unique symbol;

/**
 * Ciphertext made by `seal()` in @postern/crypto, and by nothing else. A plain string does not
 * type-check as one, so writing clear text to a sealed column does not compile.
 */
export type Sealed = string & { readonly [sealed]: true };

/** Every sealed value starts with its format version; CHECK constraints test for it. */
export const SEALED_PREFIX = "pe1.";
