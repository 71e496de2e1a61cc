import { sql } from "drizzle-orm";
import type { Deps } from "../deps.ts";
import { announceEnding, endWithCause } from "../endings/end-with-cause.ts";
import type { Origin } from "../http/origin.ts";
import { queueNotice } from "../notices/queue-notice.ts";
import { Problem } from "../problem.ts";
import { statement } from "../statement.ts";
import type { UserId } from "../tables.ts";

const p = sql.placeholder;

type Row = {
  id: UserId;
  email: string;
  provider: string;
  has_password: boolean;
  connections: number;
};

const lock = statement<{ id: UserId }>(
  (t) => sql`select u.id from ${t.users} u where u.id = ${p("userId")} for no key update`,
);

/** After the account was locked: no other unlinking can count the same connections. */
const find = statement<Row>(
  (t) => sql`
    select u.id, u.email, c.provider, u.password_hash is not null as has_password, (
        select count(*)::int from ${t.oauthConnections} every where every.user_id = u.id
          and every.unlinked_at is null
      ) as connections
    from ${t.users} u join ${t.oauthConnections} c on c.user_id = u.id
    where u.id = ${p("userId")} and c.id = ${p("connectionId")}::uuid and c.unlinked_at is null`,
);

const noteUnlinked = statement<unknown>(
  (t) => sql`
    insert into ${t.securityEvents} (event_type, severity, user_id, session_id, ip_address,
      user_agent, metadata)
    values ('oauth_unlinked', 'medium', ${p("userId")}, ${p("sessionId")}::uuid, ${p("ipAddress")},
      ${p("userAgent")}, jsonb_build_object('provider', ${p("provider")}::text))`,
);

export type UnlinkIdentityInput = {
  connectionId: string;
  userId: string;
  sessionId: string;
  origin: Origin;
};

/**
 * Takes an identity off the caller's account, but for the last way to sign in: an account needs a
 * password or another connection. Codes by email are the way back, not the way in. The sessions that
 * the identity began end, the caller's own too where it is one of them.
 *
 * @throws Problem not_found for another's, last_sign_in_method.
 */
export async function unlinkIdentity(
  deps: Deps,
  { connectionId, userId, sessionId, origin }: UnlinkIdentityInput,
): Promise<void> {
  const ended = await deps.db.transaction(async (db) => {
    const store = { db, tables: deps.tables };
    await lock(store, { userId });
    const [found] = await find(store, { userId, connectionId });
    if (!found) {
      throw new Problem("not_found");
    }
    if (!found.has_password && found.connections === 1) {
      throw new Problem("last_sign_in_method");
    }
    const { id, email, provider } = found;
    const { ipAddress, userAgent } = origin;
    await noteUnlinked(store, { userId, sessionId, provider, ipAddress, userAgent });
    const variables = { provider, at: deps.now().toISOString() };
    await queueNotice(deps, store, {
      addressee: { userId: id, email },
      notice: { name: "connection_unlinked", variables },
      ownOrigin: origin,
    });
    const ending = { cause: "provider_unlinked", userId, origin, subjectId: connectionId } as const;
    return endWithCause(deps, store, ending);
  });
  await announceEnding(deps, ended);
}
