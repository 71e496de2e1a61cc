import type { refreshTokenEnds } from "@postern/schema";
import { sql } from "drizzle-orm";
import type { Deps } from "../deps.ts";
import type { Origin } from "../http/origin.ts";
import { type Store, statement } from "../statement.ts";
import type { UserId } from "../tables.ts";
import { announceEnd } from "./announce-end.ts";
import { requireRecentSignIn, SENSITIVE_SECONDS } from "./require-recent-sign-in.ts";
import type { AccessClaims } from "./verified-tokens.ts";

const p = sql.placeholder;

const lockAccount = statement<{ id: UserId }>(
  (t) => sql`select id from ${t.users} where id = ${p("userId")} for no key update`,
);

const endAll = statement<{ session_id: string }>(
  (t) => sql`
    with ended as (
      update ${t.refreshTokens} h set revoked_at = now(), revoked_reason = ${p("reason")}
      where h.user_id = ${p("userId")} and h.generation = 0 and h.revoked_at is null
        and h.family_id is distinct from ${p("except")}::uuid
        and (${p("deviceId")}::uuid is null or h.device_id = ${p("deviceId")}::uuid)
      returning h.family_id, h.user_id
    ), revocation as (
      insert into ${t.revocations} (session_id) select family_id from ended on conflict do nothing
    ), counted as (
      update ${t.users} u set session_count = case
        when ${p("deviceId")}::uuid is not null
          then greatest(0, u.session_count - (select count(*)::int from ended))
        when ${p("except")}::uuid is null then 0 else 1 end
      where u.id = ${p("userId")}
    ), audit as (
      insert into ${t.sessionAudits} (user_id, session_id, action, ip_address, user_agent, metadata)
      select user_id, family_id, 'ended', ${p("ipAddress")}, ${p("userAgent")},
        jsonb_build_object('reason', ${p("reason")}::text) from ended
    ), event as (
      insert into ${t.securityEvents} (event_type, severity, user_id, ip_address, user_agent, metadata)
      select 'mass_token_revocation', 'medium', user_id, ${p("ipAddress")}, ${p("userAgent")},
        jsonb_strip_nulls(jsonb_build_object('reason', ${p("reason")}::text, 'sessions', count(*),
          'actor', ${p("actor")}::text))
      from ended group by user_id
    )
    select family_id as session_id from ended`,
);

/** Where it was asked for. */
export type Actor = { ipAddress: string | null; userAgent: string | null };

export type EndAllInput = {
  userId: string;
  reason: (typeof refreshTokenEnds)[number];
  /** Nulls where an operator acts at the command line. */
  origin: Actor;
  /** A session that stays. */
  except?: string;
  /** Only the sessions of this device. */
  deviceId?: string;
  /** The administrator's id, or `operator`, where it was not the owner who acted. */
  actorId?: string;
};

/**
 * Ends the sessions of an account, inside a transaction of the caller's. Call `announceEnd` with
 * the result once it is committed.
 *
 * The account is locked first and by itself, so that the second statement sees a session that was
 * being started at this moment.
 */
export async function endAllSessions(
  store: Store,
  { userId, reason, origin, except, deviceId, actorId }: EndAllInput,
): Promise<string[]> {
  const { ipAddress, userAgent } = origin;
  await lockAccount(store, { userId });
  const ended = await endAll(store, {
    userId,
    reason,
    ipAddress,
    userAgent,
    except: except ?? null,
    deviceId: deviceId ?? null,
    actor: actorId ?? null,
  });
  return ended.map(({ session_id }) => session_id);
}

/**
 * Signs out everywhere, here included.
 *
 * @throws Problem step_up_required after 15 minutes without a sign-in.
 */
export async function signOutEverywhere(
  deps: Deps,
  claims: AccessClaims,
  origin: Origin,
): Promise<void> {
  await requireRecentSignIn(deps, claims, SENSITIVE_SECONDS);
  const ended = await deps.db.transaction((db) =>
    endAllSessions(
      { db, tables: deps.tables },
      { userId: claims.sub, reason: "signed_out_everywhere", origin },
    ),
  );
  await announceEnd(deps, ended);
}
