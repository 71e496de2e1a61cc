import { blindIndex, type DigestKeys, maskEmail, normaliseEmail } from "@postern/crypto";
import { type LoginAttempt, recordLoginAttempt } from "@postern/schema/record";
import type { Database } from "../database.ts";
import { security } from "../security/binding.ts";

export type SignIn = {
  /** As it was typed into the form. */
  email: string;
  userId: number | null;
  result: LoginAttempt<number>["attemptResult"];
  ipAddress: string;
  userAgent: string | null;
};

/**
 * Tracks an attempt to sign in. Was: an insert of the typed address, and an UPDATE of the user.
 *
 * Both are one statement now, and the address is a mask and a blind index.
 */
export async function trackSignIn(
  tx: Database,
  digestKeys: DigestKeys,
  { email, result, ...attempt }: SignIn,
): Promise<void> {
  const normalised = normaliseEmail(email) ?? email;
  await recordLoginAttempt(tx, security, {
    ...attempt,
    attemptResult: result,
    identifierHint: maskEmail(normalised),
    identifierIndex: blindIndex(digestKeys, "login_attempts.identifier_index", normalised),
  });
}
