export {
  type EncryptionStage,
  encryptionStages,
  type PlainColumn,
  readEncryptionStage,
} from "./encryption-stage.ts";
export { makeEncryptionRecords } from "./make-encryption-records.ts";
export { type PlainSecondFactor, plainSecondFactor } from "./plain-second-factor.ts";
export { readSealed, type SealedReading, SealedReadingError } from "./read-sealed.ts";
