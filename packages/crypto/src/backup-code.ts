import { randomBytes } from "node:crypto";
import type { DigestKeys } from "./digest-keys.ts";
import { equalConstantTime } from "./equal-constant-time.ts";
import { keyedDigest } from "./keyed-digest.ts";

const CODES = 10;
const CODE_BYTES = 8;
const TYPED_CHARS_MAX = 64;
const GROUP = /.{4}(?=.)/g;
const CODE = /^[0-9a-f]{16}$/;
// Blanks and every kind of dash: people and word processors put them.
const BETWEEN = /[\s\p{Pd}]/gu;

/**
 * Ten new codes of 64 random bits, such as `9f3a-07c2-e815-4bd6`. Show them once, store their
 * digests.
 */
export function generateBackupCodes(): string[] {
  return Array.from({ length: CODES }, () =>
    randomBytes(CODE_BYTES).toString("hex").replace(GROUP, "$&-"),
  );
}

/**
 * The 16 hexadecimal digits of a code that a person typed; null where it can be none. Blanks,
 * dashes and case do not count, and the letters o, i and l are read as the digits they look like.
 */
export function normaliseBackupCode(typed: string): string | null {
  if (typed.length > TYPED_CHARS_MAX) return null;
  const code = typed
    .normalize("NFKC")
    .toLowerCase()
    .replace(BETWEEN, "")
    .replaceAll("o", "0")
    .replace(/[il]/g, "1");
  return CODE.test(code) ? code : null;
}

/**
 * What is stored of a backup code, and looked for: its keyed digest, 43 characters, bound to its
 * account so that it opens no other. Null where the text can be no code.
 *
 * @throws TypeError for an empty account id.
 */
export function digestBackupCode(
  keys: DigestKeys,
  { accountId, code }: { accountId: string; code: string },
): string | null {
  if (!accountId) throw new TypeError("A backup code belongs to an account.");
  const normalised = normaliseBackupCode(code);
  return normalised && keyedDigest(keys, "backup-code", accountId, normalised);
}

export type BackupCodeAttempt = Readonly<{
  accountId: string;
  /** As a person typed it. */
  code: string;
  /** What the account has left. */
  digests: readonly string[];
}>;

/**
 * The digest of the code that was typed, and what is left without it; null where it is none of the
 * account's. A code is single use by its removal: take `digest` out of the stored list in one
 * statement that needs it to be there, and refuse the code where that statement found no row.
 *
 * All digests are compared, each in constant time.
 */
export function spendBackupCode(
  keys: DigestKeys,
  { accountId, code, digests }: BackupCodeAttempt,
): { digest: string; left: string[] } | null {
  const digest = digestBackupCode(keys, { accountId, code });
  if (digest === null) return null;
  const left = digests.filter((known) => !equalConstantTime(known, digest));
  return left.length < digests.length ? { digest, left } : null;
}
