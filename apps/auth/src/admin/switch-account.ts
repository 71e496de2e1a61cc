import { sql } from "drizzle-orm";
import type { Deps } from "../deps.ts";
import { endWithCause } from "../endings/end-with-cause.ts";
import { Problem } from "../problem.ts";
import { statement } from "../statement.ts";
import { type AdminAct, changeAccount } from "./change-account.ts";
import type { AccountView } from "./find-account-view.ts";

const p = sql.placeholder;

const setDisabled = statement<unknown>(
  (t) => sql`
    with switched as (
      update ${t.users} u set updated_at = now(),
        disabled_at = case when ${p("isDisabled")}::boolean then now() end
      where u.id = ${p("userId")} and (u.disabled_at is null) = ${p("isDisabled")}::boolean
      returning u.id
    )
    insert into ${t.securityEvents} (event_type, severity, user_id, ip_address, user_agent, metadata)
    select case when ${p("isDisabled")}::boolean then 'account_disabled' else 'account_enabled' end,
      'medium', switched.id, ${p("ipAddress")}, ${p("userAgent")},
      jsonb_build_object('actor', ${p("actor")}::text)
    from switched`,
);

/**
 * Shuts an account: no way in is left, and every session and access token ends within a second
 * . Nothing of it is lost; its API keys are worth nothing meanwhile.
 *
 * @throws Problem forbidden for the administrator's own account; else as `changeAccount`.
 */
export function disableAccount(deps: Deps, act: AdminAct): Promise<AccountView> {
  const { claims, origin } = act;
  return changeAccount(deps, act, async (store, { id: userId }) => {
    if (String(userId) === claims.sub) {
      throw new Problem("forbidden", { detail: "Nobody disables the account they act with." });
    }
    await setDisabled(store, { userId, isDisabled: true, ...by(act) });
    const ending = { cause: "account_disabled", userId, origin, actorId: claims.sub } as const;
    return endWithCause(deps, store, ending);
  });
}

/** Opens it again. Its sessions stay ended, and so do codes and links from before. */
export function enableAccount(deps: Deps, act: AdminAct): Promise<AccountView> {
  const { claims, origin } = act;
  return changeAccount(deps, act, async (store, { id: userId }) => {
    await setDisabled(store, { userId, isDisabled: false, ...by(act) });
    const ending = { cause: "account_enabled", userId, origin, actorId: claims.sub } as const;
    return endWithCause(deps, store, ending);
  });
}

const by = ({ claims, origin: { ipAddress, userAgent } }: AdminAct) => ({
  actor: claims.sub,
  ipAddress,
  userAgent,
});
