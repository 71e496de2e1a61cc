export { blindIndex, type IndexedColumn } from "./blind-index.ts";
export { createDigestKeys, type DigestKeys } from "./digest-keys.ts";
export { maskEmail, normaliseEmail } from "./email-address.ts";
export { equalConstantTime } from "./equal-constant-time.ts";
export { type HashingBounds, HashingBusyError } from "./hashing-gate.ts";
export { createKeyRing, type KeyRing, type RootKey } from "./key-ring.ts";
export { type DigestPart, type DigestPurpose, keyedDigest } from "./keyed-digest.ts";
export { type CodeSource, codeVerifier, deriveCode, newSeed } from "./one-time-code.ts";
export { createPasswordHasher, type PasswordCheck, type PasswordHasher } from "./password.ts";
export { PasswordRecordError } from "./password-record.ts";
export { maskPhone, normalisePhone } from "./phone-number.ts";
export {
  checkKey,
  type KeyCheck,
  type KeyFault,
  keyFingerprint,
  WeakKeyError,
} from "./root-key.ts";
export { open, type SealedPlace, SealedValueError, seal, sealedKeyId } from "./seal.ts";
export { digestToken, generateToken, type TokenPrefix } from "./token.ts";
