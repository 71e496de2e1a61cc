import type { CodePurpose } from "@postern/messages";
import type { UserView } from "../accounts/account.ts";
import { verifyEmail } from "../accounts/verify-email.ts";
import { replaceEmail } from "../contacts/replace-email.ts";
import { setPhone } from "../contacts/set-phone.ts";
import type { Deps } from "../deps.ts";
import type { Origin } from "../http/origin.ts";
import type { SignInOutcome } from "../sessions/start-session.ts";
import { refundOfAddress } from "../throttles/throttle-address.ts";
import type { ChallengePayload } from "./challenge.ts";
import { presentCode } from "./present-code.ts";
import { signInByCode } from "./sign-in-by-code.ts";
import { orRestore, refuseUsed } from "./use-code.ts";

export type VerifyCodeInput = {
  challengeId: string;
  code: string;
  /** The session that presents it; must be the one that asked for it. */
  binding: { sessionId: string } | null;
  deviceToken: string | null;
  origin: Origin;
};

export type VerifiedCode =
  | { next: "verified"; user: UserView }
  | { next: "signed_in"; outcome: SignInOutcome };

/** A second step is taken at 2fa/verify alone. */
const PURPOSES: readonly CodePurpose[] = [
  "verify_email",
  "verify_phone",
  "sign_in",
  "change_email",
  "change_phone",
];

/**
 * Spends an attempt and, where the code is right, does what it was sent for.
 *
 * Redis lets exactly one right code through; the delivery row in PostgreSQL is then used up by the
 * transaction that verifies or starts the session, so a Redis restored from yesterday revives
 * nothing. Wrong, used, expired, foreign and unknown all get one answer.
 *
 * @throws Problem invalid_code, otp_limit; service_unavailable while Redis is away.
 */
export async function verifyCode(deps: Deps, input: VerifyCodeInput): Promise<VerifiedCode> {
  const presented = { ...input, purposes: PURPOSES };
  const payload = await presentCode(deps, presented);
  const [verified] = await Promise.all([
    orRestore(deps, input.challengeId, () => use(deps, input, payload)),
    refund(deps, payload),
  ]);
  return verified ?? refuseUsed(deps, presented, payload);
}

async function use(
  deps: Deps,
  input: VerifyCodeInput,
  payload: ChallengePayload,
): Promise<VerifiedCode | null> {
  if (payload.purpose === "sign_in") {
    const { challengeId, deviceToken, origin } = input;
    const { channel, recipient } = payload;
    const signIn = { challengeId, channel, recipient, deviceToken, origin };
    const outcome = await signInByCode(deps, signIn);
    return outcome && { next: "signed_in", outcome };
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
      return setPhone(deps, proved);
  }
}

/** A send that was verified counts no longer against the address it was asked from. */
async function refund(deps: Deps, { addressDigest }: ChallengePayload): Promise<void> {
  try {
    await refundOfAddress(deps, "otp_sends_per_address_per_hour", addressDigest);
  } catch (error) {
    deps.log.warn({ err: error }, "a verified send could not be given back");
  }
}
