export {
  type BackupCodeAttempt,
  digestBackupCode,
  generateBackupCodes,
  normaliseBackupCode,
  spendBackupCode,
} from "./backup-code.ts";
export { blindIndex, type IndexedColumn, unprovedIndex } from "./blind-index.ts";
export type { SealedPlace } from "./column-key.ts";
export { createDigestKeys, type DigestKeys } from "./digest-keys.ts";
export { maskEmail, normaliseEmail } from "./email-address.ts";
export { equalConstantTime } from "./equal-constant-time.ts";
export { type HashingBounds, HashingBusyError } from "./hashing-gate.ts";
export { createKeyRing, type KeyRing, type RootKey } from "./key-ring.ts";
export { type KeyRingStatus, keyRingStatus } from "./key-ring-status.ts";
export { type DigestPart, type DigestPurpose, keyedDigest } from "./keyed-digest.ts";
export { type CodeSource, codeVerifier, deriveCode, newSeed } from "./one-time-code.ts";
export { createPasswordHasher, type PasswordCheck, type PasswordHasher } from "./password.ts";
export { canBeMobile, maskPhone, normalisePhone, phoneCountry } from "./phone-number.ts";
export {
  checkKey,
  type KeyCheck,
  type KeyFault,
  keyFingerprint,
  WeakKeyError,
} from "./root-key.ts";
export { open, SealedValueError, seal, sealedKeyId } from "./seal.ts";
export { type SealCount, SealLimitError, type SealLimits } from "./seal-limits.ts";
export { digestToken, generateToken, type TokenPrefix } from "./token.ts";
export {
  generateTotpSecret,
  type TotpAccount,
  type TotpAttempt,
  totpUri,
  verifyTotp,
} from "./totp.ts";
