import type { Deps } from "../deps.ts";
import { type Ended, endWithCause } from "../endings/end-with-cause.ts";
import type { Origin } from "../http/origin.ts";
import type { Notice } from "../notices/notice-step.ts";
import { queueNotice } from "../notices/queue-notice.ts";
import type { TransactionStore } from "../transaction.ts";
import type { FactorAccount } from "./find-factors.ts";

export type FactorChange = {
  cause: "factor_enabled" | "factor_changed" | "factor_disabled";
  account: FactorAccount;
  notices: readonly Notice[];
  /** The session that made the change goes on. */
  sessionId: string;
  origin: Origin;
};

/**
 * What goes with every change of factors, in its transaction: the owner's notices, and
 * what ends with it. Announce what is returned once it is committed.
 */
export async function endWithChange(
  deps: Deps,
  store: TransactionStore,
  { cause, account, notices, sessionId, origin }: FactorChange,
): Promise<Ended> {
  for (const notice of notices) {
    await queueNotice(deps, store, { addressee: account, notice, ownOrigin: origin });
  }
  const { userId } = account;
  return endWithCause(deps, store, { cause, userId, origin, actingSessionId: sessionId });
}
