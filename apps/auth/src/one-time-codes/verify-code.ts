import { restoreCode, spendCode } from "@postern/counters";
import { codeVerifier } from "@postern/crypto";
import type { UserView } from "../accounts/account.ts";
import { claimAccount } from "../accounts/claim-account.ts";
import { verifyEmail } from "../accounts/verify-email.ts";
import type { Deps } from "../deps.ts";
import type { Origin } from "../http/origin.ts";
import { Problem } from "../problem.ts";
import { type SignInOutcome, startSession } from "../sessions/start-session.ts";
import { refundOfAddress } from "../throttles/throttle-address.ts";
import {
  bindingDigest,
  type ChallengePayload,
  codeLimits,
  openChallengePayload,
} from "./challenge.ts";
import { recordCodeFailure } from "./record-code-failure.ts";

export type VerifyCodeInput = {
  challengeId: string;
  code: string;
  /** The session that presents it; must be the one that asked for it. */
  sessionId: string | null;
  deviceToken: string | null;
  origin: Origin;
};

export type VerifiedCode =
  | { next: "verified"; user: UserView }
  | { next: "signed_in"; outcome: SignInOutcome };

/**
 * Spends an attempt and, where the code is right, does what it was sent for.
 *
 * Redis lets exactly one right code through; the delivery row in PostgreSQL is then used up by the
 * same statement that verifies or starts the session, so a Redis restored from yesterday revives
 * nothing. Wrong, used, expired, foreign and unknown all get one answer.
 *
 * @throws Problem invalid_code, otp_limit; service_unavailable while Redis is away.
 */
export async function verifyCode(deps: Deps, input: VerifyCodeInput): Promise<VerifiedCode> {
  const { challengeId, code, sessionId } = input;
  const spent = await spendCode(deps.counters, {
    challengeId,
    verifier: codeVerifier(deps.digestKeys, { challengeId, code }),
    ...(sessionId === null ? {} : { bindingDigest: bindingDigest(deps, sessionId) }),
    limits: codeLimits(deps.config),
  });
  if (spent.result !== "right") {
    await refuse(deps, input, spent.result);
    throw spent.result === "limit"
      ? new Problem("otp_limit", { retryAfterSeconds: spent.retryAfterSeconds })
      : new Problem("invalid_code");
  }
  const payload = openChallengePayload(deps, challengeId, spent.payload);
  const verified = await useOrRestore(deps, input, payload);
  if (!verified) {
    await recordCodeFailure(deps, { challengeId, reason: "used", origin: input.origin });
    throw new Problem("invalid_code");
  }
  await refund(deps, payload);
  return verified;
}

/** Only what was compared is worth a row of its own; the rest is counted. */
async function refuse(
  deps: Deps,
  { challengeId, origin }: VerifyCodeInput,
  reason: "wrong" | "gone" | "limit",
): Promise<void> {
  if (reason === "wrong") {
    await recordCodeFailure(deps, { challengeId, reason, origin });
  } else {
    const { network, ipAddress, userAgent } = origin;
    deps.refusals.noteCode(network, { reason, ipAddress, userAgent });
  }
}

/** A database that is away must not cost the person the code: it may be presented again. */
async function useOrRestore(
  deps: Deps,
  input: VerifyCodeInput,
  payload: ChallengePayload,
): Promise<VerifiedCode | null> {
  try {
    return await use(deps, input, payload);
  } catch (error) {
    await restoreCode(deps.counters, input.challengeId);
    throw error;
  }
}

async function use(
  deps: Deps,
  input: VerifyCodeInput,
  { purpose, recipient }: ChallengePayload,
): Promise<VerifiedCode | null> {
  const { challengeId, deviceToken, origin } = input;
  if (purpose === "verify_email") {
    const user = await verifyEmail(deps, { challengeId, recipient, origin });
    return user && { next: "verified", user };
  }
  const start = { identifier: recipient, lane: null, deviceToken, origin };
  const outcome =
    (await startSession(deps, { proof: { kind: "code", channel: "email", challengeId }, ...start })) ??
    (await startClaimed(deps, input, start));
  return outcome && { next: "signed_in", outcome };
}

/** An account whose email nobody had proved belongs to who proves it: see `claimAccount`. */
async function startClaimed(
  deps: Deps,
  { challengeId, origin }: VerifyCodeInput,
  start: Omit<Parameters<typeof startSession>[1], "proof">,
): Promise<SignInOutcome | null> {
  const userId = await claimAccount(deps, { challengeId, origin });
  return userId === null
    ? null
    : startSession(deps, { proof: { kind: "claimed", userId }, ...start });
}

/** A send that was verified counts no longer against the address it was asked from. */
async function refund(deps: Deps, { addressDigest }: ChallengePayload): Promise<void> {
  try {
    await refundOfAddress(deps, "otp_sends_per_address_per_hour", addressDigest);
  } catch (error) {
    deps.log.warn({ err: error }, "a verified send could not be given back");
  }
}
