import { randomBytes } from "node:crypto";
import { decodeBase32, encodeBase32 } from "./base32.ts";
import { equalConstantTime } from "./equal-constant-time.ts";
import { hotp } from "./hotp.ts";

// RFC 4226, 4 R6: 160 bits are recommended. Secrets of older systems have at least 80.
const SECRET_BYTES = 20;
const SECRET_BYTES_MIN = 10;
const SECRET_BYTES_MAX = 128;
const STEP_SECONDS = 30;
// RFC 6238, 5.2: one step either way for clocks that differ and people who type slowly.
const WINDOW_STEPS = [-1, 0, 1] as const;
const DIGITS = 6;
const FORM = { algorithm: "sha1", digits: DIGITS } as const;
const CODE = /^\d{6}$/;

/** Whose secret it is, as an authenticator app shows it. */
export type TotpAccount = Readonly<{ secret: string; issuer: string; account: string }>;

export type TotpAttempt = Readonly<{
  /** Base32, as `generateTotpSecret` or an older system made it. */
  secret: string;
  /** As a person typed it: blanks do not count. */
  code: string;
  now: Date;
  /** The step of the last code that was accepted for this secret; null for none. */
  lastUsedStep: number | null;
}>;

/** A new secret for an authenticator app: 160 random bits as Base32, 32 characters. Seal it. */
export function generateTotpSecret(): string {
  return encodeBase32(randomBytes(SECRET_BYTES));
}

/**
 * What an authenticator app reads from a QR code: the Key URI format, SHA-1, 6 digits, 30 seconds.
 * It holds the secret: show it once, and log it nowhere.
 *
 * @throws TypeError for a secret that is no Base32 of 10 to 128 bytes, an issuer or account that is
 *   empty, no valid Unicode, or holds the colon that parts them.
 */
export function totpUri({ secret, issuer, account }: TotpAccount): string {
  const letters = encodeBase32(readSecret(secret));
  const label = `${encodeLabel(issuer)}:${encodeLabel(account)}`;
  const parameters = `issuer=${encodeLabel(issuer)}&algorithm=SHA1&digits=${DIGITS}&period=${STEP_SECONDS}`;
  return `otpauth://totp/${label}?secret=${letters}&${parameters}`;
}

/**
 * The 30-second step (RFC 6238) whose code this is, one step before or after `now` at most; null
 * where there is none. Steps up to `lastUsedStep` are refused, so no code is good twice: store the
 * step returned, in the statement that accepts the code and only over a smaller one.
 *
 * All steps are compared, each in constant time, so the time taken does not tell which one fits.
 *
 * @throws TypeError for a secret that is no Base32 of 10 to 128 bytes, a last step that is no whole
 *   number, or a time that is no date. The code may be any text.
 */
export function verifyTotp({ secret, code, now, lastUsedStep }: TotpAttempt): number | null {
  const key = readSecret(secret);
  const present = Math.floor(now.getTime() / 1_000 / STEP_SECONDS);
  if (!Number.isSafeInteger(present) || present < 1) throw new TypeError("TOTP needs a date.");
  if (lastUsedStep !== null && !Number.isSafeInteger(lastUsedStep)) {
    throw new TypeError("The last used step is a whole number, or null.");
  }
  const typed = code.replaceAll(" ", "");
  if (!CODE.test(typed)) return null;
  const matches = WINDOW_STEPS.map((offset) => present + offset).filter((step) =>
    equalConstantTime(hotp(key, step, FORM), typed),
  );
  return matches.find((step) => lastUsedStep === null || step > lastUsedStep) ?? null;
}

// Older systems kept small letters, and groups of four with blanks between.
function readSecret(secret: string): Buffer {
  const bytes = decodeBase32(secret.replaceAll(" ", "").toUpperCase());
  if (!bytes || bytes.length < SECRET_BYTES_MIN || bytes.length > SECRET_BYTES_MAX) {
    throw new TypeError("A TOTP secret is Base32 of 10 to 128 bytes.");
  }
  return bytes;
}

function encodeLabel(text: string): string {
  if (text === "" || text.includes(":") || !text.isWellFormed()) {
    throw new TypeError("An issuer and an account are texts without a colon.");
  }
  return encodeURIComponent(text);
}
