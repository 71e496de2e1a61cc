import { Type } from "typebox";

/** Any of the ways to pass a second step. */
export const Method = Type.Enum(["totp", "sms", "email", "backup_code"]);

/** Those by a code that is sent. */
export const SentMethod = Type.Enum(["sms", "email"]);

/** Six digits, or a backup code; blanks and dashes as people type them do not count. */
export const FactorCode = Type.String({ minLength: 6, maxLength: 64, pattern: "^[0-9A-Za-z -]+$" });

export const SentCodeSchema = Type.Object(
  {
    challengeId: Type.String(),
    expiresIn: Type.Integer({ description: "Seconds until the code ends." }),
    resendAfter: Type.Integer({ description: "Seconds until it may be sent again." }),
  },
  { additionalProperties: false },
);

export const BackupCodesSchema = Type.Object(
  {
    backupCodes: Type.Array(Type.String(), { description: "Each is good once. Shown this once." }),
  },
  { additionalProperties: false },
);
