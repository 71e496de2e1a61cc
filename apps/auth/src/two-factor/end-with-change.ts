import type { Deps } from "../deps.ts";
import { forgetTrust } from "../devices/forget-trust.ts";
import type { Origin } from "../http/origin.ts";
import type { Notice } from "../notices/notice-step.ts";
import { queueNotice } from "../notices/queue-notice.ts";
import { endAllSessions } from "../sessions/end-all-sessions.ts";
import type { TransactionStore } from "../transaction.ts";
import type { FactorAccount } from "./find-factors.ts";

export type FactorChange = {
  account: FactorAccount;
  notices: readonly Notice[];
  /** The session that made the change goes on. */
  sessionId: string;
  origin: Origin;
};

/**
 * What goes with every change of factors, in its transaction: the owner's notices, the end of the
 * other sessions and of the trust in devices. Announce the sessions returned once it is committed.
 */
export async function endWithChange(
  deps: Deps,
  store: TransactionStore,
  { account, notices, sessionId, origin }: FactorChange,
): Promise<string[]> {
  const userId = String(account.userId);
  for (const notice of notices) {
    await queueNotice(deps, store, { addressee: account, notice, ownOrigin: origin });
  }
  await forgetTrust(store, account.userId);
  return endAllSessions(store, { userId, reason: "factor_changed", origin, except: sessionId });
}
