import type { Deps } from "../deps.ts";
import type { CodeBinding } from "../one-time-codes/code-binding.ts";
import { Problem } from "../problem.ts";
import { authenticate } from "../sessions/authenticate.ts";
import type { AccessClaims } from "../sessions/verified-tokens.ts";
import { type FactorAccount, findFactors } from "./find-factors.ts";
import { findPending } from "./pass-second-step.ts";

/** Whose factors they are, and what a code sent to them is bound to. */
export type FactorHolder = { account: FactorAccount; binding: CodeBinding };

export type SignedInHolder = FactorHolder & { claims: AccessClaims };

/** @throws Problem invalid_token. */
export async function findPendingHolder(deps: Deps, pendingToken: string): Promise<FactorHolder> {
  const { account, pending } = await findPending(deps, pendingToken);
  const { sessionId, userId } = pending;
  return { account, binding: { sessionId, userId, isPending: true } };
}

/** @throws Problem invalid_token, session_ended. */
export async function findSignedInHolder(
  deps: Deps,
  authorization: string | undefined,
): Promise<SignedInHolder> {
  const claims = await authenticate(deps, authorization);
  const { sub: userId, sid: sessionId, amr } = claims;
  const account = await findFactors(deps, { userId, firstStep: firstStepOf(amr) });
  if (!account) {
    throw new Problem("session_ended");
  }
  return { account, binding: { sessionId, userId, isPending: false }, claims };
}

/** What a session began with: its second factor must be of another kind. */
const firstStepOf = ([first = ""]: readonly string[]): string => first;
