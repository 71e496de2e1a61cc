import type { CodePurpose } from "@postern/messages";
import type { UserView } from "../accounts/account.ts";
import { completeSignUp } from "../accounts/complete-sign-up.ts";
import { verifyEmail } from "../accounts/verify-email.ts";
import { replaceEmail } from "../contacts/replace-email.ts";
import { setPhone } from "../contacts/set-phone.ts";
import type { Deps } from "../deps.ts";
import type { Origin } from "../http/origin.ts";
import { requireAcceptablePassword } from "../passwords/require-acceptable-password.ts";
import { Problem } from "../problem.ts";
import { resetByCode } from "../recovery/reset-by-code.ts";
import type { Session, SignInOutcome } from "../sessions/start-session.ts";
import type { ChallengePayload } from "./challenge.ts";
import { orRestore } from "./or-restore.ts";
import { presentCode } from "./present-code.ts";
import { recordCodeFailure } from "./record-code-failure.ts";
import { refundSend } from "./refund-send.ts";
import { signInByCode } from "./sign-in-by-code.ts";

export type VerifyCodeInput = {
  challengeId: string;
  code: string;
  /** For a reset, and for nothing else. */
  newPassword: string | null;
  /** The session that presents it; must be the one that asked for it. */
  binding: { sessionId: string } | null;
  deviceToken: string | null;
  origin: Origin;
};

export type VerifiedCode =
  | { next: "verified"; user: UserView }
  | { next: "signed_in"; outcome: SignInOutcome }
  | { next: "signed_up"; session: Session }
  | { next: "reset" };

/** A second step is taken at 2fa/verify alone, and a reset needs a new password. */
const PURPOSES: readonly CodePurpose[] = [
  "verify_email",
  "verify_phone",
  "sign_in",
  "sign_up",
  "change_email",
  "change_phone",
];
const RESET: readonly CodePurpose[] = ["reset_password"];

/**
 * Spends an attempt and, where the code is right, does what it was sent for.
 *
 * Redis lets exactly one right code through; the delivery row in PostgreSQL is then used up by the
 * transaction that verifies or starts the session, so a Redis restored from yesterday revives
 * nothing. Wrong, used, expired, foreign and unknown all get one answer.
 *
 * @throws Problem invalid_code, otp_limit; phone_taken, and what a new password may be refused for:
 *   the code is then still good; service_unavailable while Redis is away.
 */
export async function verifyCode(deps: Deps, input: VerifyCodeInput): Promise<VerifiedCode> {
  const { newPassword } = input;
  const purposes = newPassword === null ? PURPOSES : RESET;
  if (newPassword !== null) {
    // Before anything is spent. What only the account's own data decides is asked once more later.
    const asked = { password: newPassword, email: null, isOffline: true } as const;
    await requireAcceptablePassword(deps, { ...asked, field: "newPassword" });
  }
  const payload = await presentCode(deps, { ...input, purposes });
  const { challengeId, origin } = input;
  const [verified] = await Promise.all([
    orRestore(deps, challengeId, () => use(deps, input, payload)),
    refundSend(deps, payload),
  ]);
  if (verified === null) {
    const { purpose, channel } = payload;
    await recordCodeFailure(deps, { challengeId, purpose, channel, reason: "used", origin });
    throw new Problem("invalid_code");
  }
  return verified;
}

async function use(
  deps: Deps,
  input: VerifyCodeInput,
  payload: ChallengePayload,
): Promise<VerifiedCode | null> {
  const { challengeId, newPassword, deviceToken, origin } = input;
  const { channel, recipient } = payload;
  if (newPassword !== null) {
    const isReset = await resetByCode(deps, {
      challengeId,
      channel,
      recipient,
      newPassword,
      origin,
    });
    return isReset ? { next: "reset" } : null;
  }
  if (payload.purpose === "sign_in") {
    const signIn = { challengeId, channel, recipient, deviceToken, origin };
    const outcome = await signInByCode(deps, signIn);
    return outcome && { next: "signed_in", outcome };
  }
  if (payload.purpose === "sign_up") {
    const session = await completeSignUp(deps, { challengeId, payload, deviceToken, origin });
    return session && { next: "signed_up", session };
  }
  const user = await verify(deps, input, payload);
  return user && { next: "verified", user };
}

/** What a bearer proves about itself. */
function verify(
  deps: Deps,
  { challengeId, origin }: VerifyCodeInput,
  { purpose, recipient, sessionId }: ChallengePayload,
): Promise<UserView | null> {
  const proved = { challengeId, recipient, sessionId, origin };
  switch (purpose) {
    case "verify_email":
      return verifyEmail(deps, proved);
    case "change_email":
      return replaceEmail(deps, proved);
    default:
      return setPhone(deps, { ...proved, isChange: purpose === "change_phone" });
  }
}
