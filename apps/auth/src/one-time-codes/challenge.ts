import { randomBytes } from "node:crypto";
import { type CodeLimits, DEFAULT_CODE_LIMITS } from "@postern/counters";
import { keyedDigest, type SealedPlace, seal } from "@postern/crypto";
import { type CodePurpose, codePurposes, type MessageChannel } from "@postern/messages";
import { Type } from "typebox";
import { Value } from "typebox/value";
import type { Deps } from "../deps.ts";
import { readKeptValue } from "../sealed-values/read-kept-value.ts";
import type { Unreadable } from "../sealed-values/read-sealed-value.ts";

const TAGS = 1024;
const ID_BYTES = 16;
/** 8 digits where the code alone signs in, 6 where it only verifies. */
export const DIGITS = {
  verify_email: 6,
  verify_phone: 6,
  change_email: 6,
  change_phone: 6,
  second_factor: 6,
  sign_in: 8,
  sign_up: 8,
  reset_password: 8,
} as const satisfies Record<CodePurpose, 6 | 8>;

export type ChallengeKeys = Pick<Deps, "keyRing" | "digestKeys">;

const PendingSignUp = Type.Object({
  name: Type.String(),
  userType: Type.String(),
  /** E.164. */
  phone: Type.Union([Type.String(), Type.Null()]),
  passwordHash: Type.String(),
});

/** An account that waits for its code: see `signUp`. */
export type PendingSignUp = Type.Static<typeof PendingSignUp>;

const Payload = Type.Object({
  purpose: Type.Enum([...codePurposes]),
  channel: Type.Enum(["email", "sms"] satisfies MessageChannel[]),
  /** The normalised address or number that the code went to. */
  recipient: Type.String(),
  seed: Type.String(),
  /** The first delivery row, which a resend points at. It may not exist: see D17. */
  deliveryId: Type.String(),
  /** The session that asked, or the one that a pending sign-in will have; null where anybody did. */
  sessionId: Type.Union([Type.String(), Type.Null()]),
  /** Whose session that is. */
  userId: Type.Union([Type.String(), Type.Null()]),
  /** Throttle subject of the client that asked: a verified send no longer counts against it. */
  addressDigest: Type.String(),
  /** Of a sign-up in `verify_first` mode. */
  signUp: Type.Optional(PendingSignUp),
});

/** What a challenge in Redis holds, sealed: Redis and its dumps tell neither code nor address. */
export type ChallengePayload = Type.Static<typeof Payload>;

/** The tag puts all that one recipient's scripts touch into one slot of a Redis Cluster. */
export function newChallengeId({ digestKeys }: ChallengeKeys, recipient: string): string {
  const digest = Buffer.from(keyedDigest(digestKeys, "challenge-tag", recipient), "base64url");
  return `${digest.readUInt32BE(0) % TAGS}.${randomBytes(ID_BYTES).toString("base64url")}`;
}

const placeOf = (challengeId: string): SealedPlace => ({
  table: "challenges",
  column: "payload",
  rowId: challengeId,
});

export const sealChallenge = (
  { keyRing }: ChallengeKeys,
  challengeId: string,
  payload: ChallengePayload,
): string => seal(keyRing, JSON.stringify(payload), placeOf(challengeId));

/** What a challenge holds. See `readKeptValue` for one that was not sealed for it. */
export const readChallengePayload = (
  deps: Pick<Deps, "db" | "tables" | "keyRing">,
  challengeId: string,
  sealed: string,
): Promise<ChallengePayload | Unreadable> =>
  readKeptValue(deps, { sealed, place: placeOf(challengeId) }, (value) =>
    Value.Parse(Payload, value),
  );

/** Whom a code goes to, as Redis counts it. */
export const recipientDigest = ({ digestKeys }: ChallengeKeys, recipient: string): string =>
  keyedDigest(digestKeys, "throttle", "recipient", recipient);

/** The session that a challenge is bound to, as Redis compares it; nothing where it is to none. */
export const bindingOf = (
  { digestKeys }: ChallengeKeys,
  binding: { sessionId: string } | null,
): { bindingDigest?: string } =>
  binding === null
    ? {}
    : { bindingDigest: keyedDigest(digestKeys, "throttle", "session", binding.sessionId) };

/** The limits of codes that an operator may override by name (LIMITS). */
export const codeLimits = ({ limits }: Deps["config"]): CodeLimits => ({
  ...DEFAULT_CODE_LIMITS,
  cooldownSeconds: limits.otp_cooldown_seconds,
  sendsPerHour: limits.otp_sends_per_recipient_per_hour,
  sendsPerDay: limits.otp_sends_per_recipient_per_day,
  liveChallengesMax: limits.otp_live_challenges_per_recipient,
  failuresPerQuarterHour: limits.otp_failures_per_quarter_hour,
  failuresPerDay: limits.otp_failures_per_day,
});
