import type { Deps } from "../deps.ts";
import type { Origin } from "../http/origin.ts";
import type { ChallengePayload } from "../one-time-codes/challenge.ts";
import type { Session } from "../sessions/start-session.ts";
import { openAccount } from "./open-account.ts";

export type CompletedSignUp = {
  challengeId: string;
  payload: Pick<ChallengePayload, "recipient" | "signUp">;
  deviceToken: string | null;
  origin: Origin;
};

/**
 * Opens the account that waited in a challenge (`verify_first`), its email verified, for whoever has
 * just presented the right code. Null where the code was used before or the email was taken since.
 */
export async function completeSignUp(
  deps: Deps,
  { challengeId, payload, deviceToken, origin }: CompletedSignUp,
): Promise<Session | null> {
  const { recipient: email, signUp } = payload;
  return signUp === undefined
    ? null
    : openAccount(deps, { ...signUp, email, challengeId, origin }, deviceToken);
}
