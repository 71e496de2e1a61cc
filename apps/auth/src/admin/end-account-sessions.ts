import type { Deps } from "../deps.ts";
import { endWithCause } from "../endings/end-with-cause.ts";
import { type AdminAct, changeAccount } from "./change-account.ts";
import type { AccountView } from "./find-account-view.ts";

/** Signs an account out everywhere, within a second. */
export function endAccountSessions(deps: Deps, act: AdminAct): Promise<AccountView> {
  const { claims, origin } = act;
  return changeAccount(deps, act, async (store, { id: userId }) => {
    const ending = { cause: "ended_by_admin", userId, origin, actorId: claims.sub } as const;
    return endWithCause(deps, store, ending);
  });
}
