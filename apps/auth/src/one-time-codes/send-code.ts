import { randomUUIDv7 } from "node:crypto";
import { openChallenge, throttle, withdrawChallenge } from "@postern/counters";
import { codeVerifier, deriveCode, newSeed } from "@postern/crypto";
import type { CodePurpose } from "@postern/messages";
import type { Deps } from "../deps.ts";
import type { Origin } from "../http/origin.ts";
import { Problem } from "../problem.ts";
import {
  addressDigest,
  bindingDigest,
  type ChallengePayload,
  codeLimits,
  DIGITS,
  newChallengeId,
  recipientDigest,
  sealChallenge,
} from "./challenge.ts";
import { queueCode } from "./queue-code.ts";

export type SendCodeInput = {
  purpose: CodePurpose;
  /** Normalised. */
  recipient: string;
  /** The session that asks, or null where anybody does. */
  sessionId: string | null;
  origin: Origin;
};

export type SentCode = { challengeId: string; expiresIn: number; resendAfter: number };

const HOUR_SECONDS = 3_600;

/**
 * Opens a challenge and queues its code.
 *
 * A known and an unknown address walk the same path: the same counters, the same challenge, the
 * same answer. Only the message is missing, and the code that nobody was sent.
 *
 * @throws Problem otp_cooldown, otp_limit; service_unavailable while Redis is away.
 */
export async function sendCode(deps: Deps, input: SendCodeInput): Promise<SentCode> {
  const { purpose, recipient, sessionId, origin } = input;
  const challengeId = newChallengeId(deps, recipient);
  const payload: ChallengePayload = {
    purpose,
    recipient,
    seed: newSeed(),
    deliveryId: randomUUIDv7(),
    sessionId,
    addressDigest: addressDigest(deps, origin.network),
  };
  const resendAfter = await admit(deps, challengeId, payload);
  const lifeSeconds = deps.config.otp.lifeSeconds;
  await queueCode(deps, { challengeId, payload, lifeSeconds, isResend: false, origin });
  return { challengeId, expiresIn: lifeSeconds, resendAfter };
}

/**
 * Both limits are asked in one wave. A challenge that the address's limit then forbids is
 * withdrawn, so that one address cannot use up the sends of many recipients.
 */
async function admit(deps: Deps, challengeId: string, payload: ChallengePayload): Promise<number> {
  const [address, challenge] = await Promise.all([
    throttle(deps.counters, {
      name: "otp-sends",
      subject: payload.addressDigest,
      limit: deps.config.limits.otp_sends_per_address_per_hour,
      windowSeconds: HOUR_SECONDS,
    }),
    openChallenge(deps.counters, describeChallenge(deps, challengeId, payload)),
  ]);
  if (!challenge.opened) {
    const code = challenge.reason === "cooldown" ? "otp_cooldown" : "otp_limit";
    throw new Problem(code, { retryAfterSeconds: challenge.retryAfterSeconds });
  }
  if (!address.allowed) {
    await withdrawChallenge(deps.counters, challengeId);
    throw new Problem("otp_limit", { retryAfterSeconds: address.retryAfterSeconds });
  }
  return challenge.resendAfterSeconds;
}

function describeChallenge(deps: Deps, challengeId: string, payload: ChallengePayload) {
  const { purpose, recipient, seed, sessionId } = payload;
  const code = deriveCode(deps.digestKeys, { seed, purpose, recipient, digits: DIGITS[purpose] });
  return {
    challengeId,
    recipientDigest: recipientDigest(deps, recipient),
    addressDigest: payload.addressDigest,
    // A bearer is the owner: strangers cannot use up the sends of this lane.
    lane: sessionId === null ? ("stranger" as const) : ("own" as const),
    purpose,
    ...(sessionId === null ? {} : { bindingDigest: bindingDigest(deps, sessionId) }),
    verifier: codeVerifier(deps.digestKeys, { challengeId, code }),
    payload: sealChallenge(deps, challengeId, payload),
    lifeSeconds: deps.config.otp.lifeSeconds,
    attemptsMax: deps.config.otp.attemptsMax,
    limits: codeLimits(deps.config),
  };
}
