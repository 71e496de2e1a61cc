import { clearLocks } from "../attempts/clear-locks.ts";
import type { Deps } from "../deps.ts";
import { type AdminAct, changeAccount } from "./change-account.ts";
import type { AccountView } from "./find-account-view.ts";

/** Ends every lock of an account, and forgets the failures that led to them. */
export function unlockAccount(deps: Deps, act: AdminAct): Promise<AccountView> {
  const { claims, origin } = act;
  return changeAccount(deps, act, async (store, { id: userId }) => {
    const unlocking = { userId, reason: "admin", origin, actorId: claims.sub } as const;
    return { sessions: [], lockoutScopes: await clearLocks(deps, store, unlocking) };
  });
}
