import type { Deps } from "../deps.ts";
import { endAllSessions } from "../sessions/end-all-sessions.ts";
import { type AdminAct, changeAccount } from "./change-account.ts";
import type { AccountView } from "./find-account-view.ts";

/** Signs an account out everywhere, within a second. */
export function endAccountSessions(deps: Deps, act: AdminAct): Promise<AccountView> {
  const { claims, origin } = act;
  return changeAccount(deps, act, async (store, { id: userId }) => {
    const reason = "ended_by_admin";
    const ending = { userId, reason, origin, actorId: claims.sub } as const;
    return { endedSessions: await endAllSessions(store, ending) };
  });
}
