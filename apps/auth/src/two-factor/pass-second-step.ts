import type { Deps } from "../deps.ts";
import type { Origin } from "../http/origin.ts";
import { Problem } from "../problem.ts";
import { type PendingSignIn, passwordMark, verifyPendingToken } from "../sessions/pending-token.ts";
import type { SecondFactorMethod } from "../sessions/proof.ts";
import { type Session, startSession } from "../sessions/start-session.ts";
import { inTransaction, type TransactionStore } from "../transaction.ts";
import { type FactorAccount, findFactors } from "./find-factors.ts";
import { spendFactorAttempt } from "./spend-factor-attempt.ts";
import { trustDevice } from "./trust-device.ts";
import { useSecondFactor } from "./use-second-factor.ts";

export type PassSecondStepInput = {
  pendingToken: string;
  method: SecondFactorMethod;
  code: string;
  /** Whether this device may leave the second step out for a while. */
  trustsDevice: boolean;
  deviceToken: string | null;
  origin: Origin;
};

/** A sign-in between its two steps, and the account as it is now. */
export type PendingAccount = { pending: PendingSignIn; account: FactorAccount };

/**
 * Reads whose sign-in a pending token stands for. It is worth nothing once the password has changed
 * or the account is disabled.
 *
 * @throws Problem invalid_token.
 */
export async function findPending(deps: Deps, pendingToken: string): Promise<PendingAccount> {
  const pending = await verifyPendingToken(deps, pendingToken);
  const { userId, amr: firstStep } = pending;
  const account = await findFactors(deps, { userId, firstStep });
  if (!account || passwordMark(deps, account.passwordHash) !== pending.passwordMark) {
    throw new Problem("invalid_token");
  }
  return { pending, account };
}

/**
 * The second step of a sign-in: factor, session, device and log rows in one transaction, so a code
 * is used up by the session it starts and by nothing else (R-21, D1).
 *
 * @throws Problem invalid_token, invalid_code, account_locked, too_many_requests, otp_limit,
 *   service_unavailable.
 */
export async function passSecondStep(deps: Deps, input: PassSecondStepInput): Promise<Session> {
  const { method, code, origin } = input;
  const { pending, account } = await findPending(deps, input.pendingToken);
  const { sessionId, userId } = pending;
  const binding = { sessionId, userId, isPending: true };
  return spendFactorAttempt(deps, { account, reason: method, isSignIn: true, origin }, (attempt) =>
    useSecondFactor(deps, { account, method, code, binding, origin }, (store) =>
      start(deps, store, { input, pending, account, lane: attempt.lane.digest }),
    ),
  );
}

type Start = PendingAccount & { input: PassSecondStepInput; lane: string };

/** A pending token that started its session already starts no other: what it used up is given back. */
async function start(
  deps: Deps,
  store: TransactionStore,
  { input, pending, account, lane }: Start,
): Promise<Session> {
  const { method, deviceToken, origin } = input;
  const { sessionId, amr: firstAmr } = pending;
  const { userId, passwordHash, email: identifier } = account;
  const outcome = await startSession(inTransaction(deps, store), {
    proof: { kind: "second_factor", userId, passwordHash, sessionId, firstAmr, method },
    identifier,
    lane,
    deviceToken,
    origin,
  });
  if (outcome?.next !== "session") {
    throw new Problem("invalid_token");
  }
  if (input.trustsDevice) {
    await trustDevice(store, { sessionId, origin });
  }
  return outcome.session;
}
