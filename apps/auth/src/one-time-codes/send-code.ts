import { randomUUIDv7 } from "node:crypto";
import {
  type CodeLane,
  openChallenge,
  throttleDistinct,
  withdrawChallenge,
} from "@postern/counters";
import { codeVerifier, deriveCode, newSeed } from "@postern/crypto";
import type { CodePurpose, MessageChannel } from "@postern/messages";
import type { Deps } from "../deps.ts";
import type { Origin } from "../http/origin.ts";
import { Problem } from "../problem.ts";
import { addressDigest, refundOfAddress, spendOfAddress } from "../throttles/throttle-address.ts";
import {
  bindingOf,
  type ChallengePayload,
  codeLimits,
  DIGITS,
  newChallengeId,
  type PendingSignUp,
  recipientDigest,
  sealChallenge,
} from "./challenge.ts";
import type { CodeBinding } from "./code-binding.ts";
import { findLane } from "./find-lane.ts";
import { queueCode } from "./queue-code.ts";

export type SendCodeInput = {
  purpose: CodePurpose;
  channel: MessageChannel;
  /** Normalised. */
  recipient: string;
  /** Who asks, by a token; the message is then theirs, whoever has the recipient. Null: anybody. */
  binding: CodeBinding | null;
  /** Of an anonymous caller: matched to the recipient's account, it opens the owner's lane. */
  deviceToken?: string | null;
  /** Waits in the challenge until the code is presented. */
  signUp?: PendingSignUp;
  origin: Origin;
};

export type SentCode = { challengeId: string; expiresIn: number; resendAfter: number };

const DAY_SECONDS = 86_400;

/**
 * Opens a challenge and queues its code.
 *
 * A known and an unknown address walk the same path: the same counters, the same challenge, the
 * same answer. Only the message is missing, and the code that nobody was sent.
 *
 * @throws Problem otp_cooldown, otp_limit; service_unavailable while Redis is away.
 */
export async function sendCode(deps: Deps, input: SendCodeInput): Promise<SentCode> {
  const { purpose, channel, recipient, binding, deviceToken = null, origin } = input;
  const challengeId = newChallengeId(deps, recipient);
  const payload: ChallengePayload = {
    purpose,
    channel,
    recipient,
    seed: newSeed(),
    deliveryId: randomUUIDv7(),
    sessionId: binding?.sessionId ?? null,
    userId: binding?.userId ?? null,
    addressDigest: addressDigest(deps, origin),
    ...(input.signUp === undefined ? {} : { signUp: input.signUp }),
  };
  const lane = binding
    ? laneOf(binding)
    : await findLane(deps, { channel, recipient, deviceToken });
  const resendAfter = await admit(deps, challengeId, { payload, lane });
  const lifeSeconds = deps.config.otp.lifeSeconds;
  try {
    await queueCode(deps, { challengeId, payload, lifeSeconds, isResend: false, origin });
  } catch (error) {
    await takeBack(deps, challengeId, payload);
    throw error;
  }
  return { challengeId, expiresIn: lifeSeconds, resendAfter };
}

/** A bearer is the owner; who passed the first step alone knows a password, and may be a thief. */
export const laneOf = ({ isPending }: CodeBinding): CodeLane => (isPending ? "pending" : "own");

/**
 * All limits are asked in one wave. A challenge that a limit of the address then forbids is
 * withdrawn, so that one address cannot use up the sends of many recipients.
 */
async function admit(
  deps: Deps,
  challengeId: string,
  { payload, lane }: { payload: ChallengePayload; lane: CodeLane },
): Promise<number> {
  const { addressDigest: subject, recipient } = payload;
  const [waitSeconds, recipients, challenge] = await Promise.all([
    spendOfAddress(deps, "otp_sends_per_address_per_hour", subject),
    throttleDistinct(deps.counters, {
      name: "otp-recipients",
      subject,
      member: recipientDigest(deps, recipient),
      limit: deps.config.limits.otp_recipients_per_address_per_day,
      windowSeconds: DAY_SECONDS,
    }),
    openChallenge(deps.counters, {
      ...describeChallenge(deps, challengeId, payload),
      lane,
    }),
  ]);
  if (!challenge.opened) {
    await refundOfAddress(deps, "otp_sends_per_address_per_hour", payload.addressDigest);
    const code = challenge.reason === "cooldown" ? "otp_cooldown" : "otp_limit";
    throw new Problem(code, { retryAfterSeconds: challenge.retryAfterSeconds });
  }
  const retryAfterSeconds = Math.max(waitSeconds, recipients.retryAfterSeconds);
  if (retryAfterSeconds > 0) {
    await withdrawChallenge(deps.counters, challengeId);
    throw new Problem("otp_limit", { retryAfterSeconds });
  }
  return challenge.resendAfterSeconds;
}

/** What is not sent counts against nobody. Redis gone meanwhile lets it lapse by itself. */
async function takeBack(deps: Deps, challengeId: string, payload: ChallengePayload): Promise<void> {
  await Promise.allSettled([
    withdrawChallenge(deps.counters, challengeId),
    refundOfAddress(deps, "otp_sends_per_address_per_hour", payload.addressDigest),
  ]);
}

function describeChallenge(deps: Deps, challengeId: string, payload: ChallengePayload) {
  const { purpose, recipient, seed, sessionId } = payload;
  const code = deriveCode(deps.digestKeys, { seed, purpose, recipient, digits: DIGITS[purpose] });
  return {
    challengeId,
    recipientDigest: recipientDigest(deps, recipient),
    addressDigest: payload.addressDigest,
    purpose,
    ...bindingOf(deps, sessionId === null ? null : { sessionId }),
    verifier: codeVerifier(deps.digestKeys, { challengeId, code }),
    payload: sealChallenge(deps, challengeId, payload),
    lifeSeconds: deps.config.otp.lifeSeconds,
    attemptsMax: deps.config.otp.attemptsMax,
    limits: codeLimits(deps.config),
  };
}
