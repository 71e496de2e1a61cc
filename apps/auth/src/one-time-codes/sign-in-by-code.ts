import type { MessageChannel } from "@postern/messages";
import { claimAccount } from "../accounts/claim-account.ts";
import type { Deps } from "../deps.ts";
import type { Origin } from "../http/origin.ts";
import { type SignInOutcome, startSession } from "../sessions/start-session.ts";

export type CodeSignIn = {
  challengeId: string;
  channel: MessageChannel;
  recipient: string;
  deviceToken: string | null;
  origin: Origin;
};

/**
 * Starts a session by a right code, whose delivery row the same statement uses up. Null where it was
 * used before, or its account has verified neither address nor number.
 */
export async function signInByCode(deps: Deps, input: CodeSignIn): Promise<SignInOutcome | null> {
  const { challengeId, channel, recipient, deviceToken, origin } = input;
  const start = { identifier: recipient, lane: null, deviceToken, origin };
  const proof = { kind: "code", channel, challengeId } as const;
  const outcome = await startSession(deps, { proof, ...start });
  if (outcome !== null || channel === "sms") {
    return outcome;
  }
  // An account whose email nobody had proved belongs to who proves it: see `claimAccount`.
  const userId = await claimAccount(deps, { challengeId, origin });
  return userId === null
    ? null
    : startSession(deps, { proof: { kind: "claimed", userId }, ...start });
}
