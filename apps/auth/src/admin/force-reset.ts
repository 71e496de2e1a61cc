import { sql } from "drizzle-orm";
import type { Deps } from "../deps.ts";
import { endWithCause } from "../endings/end-with-cause.ts";
import { queueNotice } from "../notices/queue-notice.ts";
import { statement } from "../statement.ts";
import { type AdminAct, changeAccount } from "./change-account.ts";
import type { AccountView } from "./find-account-view.ts";

const p = sql.placeholder;

const expire = statement<unknown>(
  (t) => sql`
    with expired as (
      update ${t.users} u set updated_at = now(), password_expires_at =
        case when u.password_hash is not null then now() else u.password_expires_at end
      where u.id = ${p("userId")}
      returning u.id
    )
    insert into ${t.securityEvents} (event_type, severity, user_id, ip_address, user_agent, metadata)
    select 'password_reset_forced', 'medium', expired.id, ${p("ipAddress")}, ${p("userAgent")},
      jsonb_build_object('actor', ${p("actor")}::text)
    from expired`,
);

/**
 * On evidence that a password is known to others: it opens nothing from now on, sessions,
 * devices and API keys with it, and a mail tells the owner to choose another. No administrator sets one,
 * or sees the link.
 */
export function forceReset(deps: Deps, act: AdminAct): Promise<AccountView> {
  const { claims, origin } = act;
  const { ipAddress, userAgent } = origin;
  return changeAccount(deps, act, async (store, { id: userId, email }) => {
    await expire(store, { userId, actor: claims.sub, ipAddress, userAgent });
    const addressee = { userId, email };
    await queueNotice(deps, store, { addressee, notice: { name: "password_reset_forced" } });
    const ending = { cause: "reset_forced", userId, origin, actorId: claims.sub } as const;
    return endWithCause(deps, store, ending);
  });
}
