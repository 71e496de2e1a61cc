import type { MessageChannel } from "@postern/messages";
import { claimAccount } from "../accounts/claim-account.ts";
import type { Deps } from "../deps.ts";
import { announceEnding } from "../endings/end-with-cause.ts";
import type { Origin } from "../http/origin.ts";
import { type SignInOutcome, startSession } from "../sessions/start-session.ts";
import { inTransaction } from "../transaction.ts";

export type CodeSignIn = {
  challengeId: string;
  channel: MessageChannel;
  recipient: string;
  deviceToken: string | null;
  origin: Origin;
};

/**
 * Starts a session by a right code, whose delivery row the same statement uses up. Null where it was
 * used before or has ended, or its account does not have that address or number any more.
 */
export async function signInByCode(deps: Deps, input: CodeSignIn): Promise<SignInOutcome | null> {
  const { challengeId, channel, recipient, deviceToken, origin } = input;
  const start = { identifier: recipient, lane: null, deviceToken, origin };
  const proof = { kind: "code", channel, challengeId, recipient } as const;
  const outcome = await startSession(deps, { proof, ...start });
  if (outcome !== null || channel === "sms") {
    return outcome;
  }
  return claim(deps, input);
}

/**
 * An account whose email nobody had proved belongs to who proves it: see `claimAccount`. Claim and
 * session are one transaction: nothing that happens to the account comes between them.
 */
async function claim(deps: Deps, input: CodeSignIn): Promise<SignInOutcome | null> {
  const { challengeId, recipient, deviceToken, origin } = input;
  const done = await deps.db.transaction(async (db) => {
    const inside = inTransaction(deps, { db, tables: deps.tables });
    const claimed = await claimAccount(deps, inside, { challengeId, recipient, origin });
    if (claimed === null) {
      return null;
    }
    const { userId, ended } = claimed;
    const proof = { kind: "claimed", userId } as const;
    const start = { identifier: recipient, lane: null, deviceToken, origin };
    return { ended, outcome: await startSession(inside, { proof, ...start }) };
  });
  if (done === null) {
    return null;
  }
  await announceEnding(deps, done.ended);
  return done.outcome;
}
