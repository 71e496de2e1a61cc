import { digestToken } from "@postern/crypto";
import { type SQL, sql } from "drizzle-orm";
import type { Deps } from "../deps.ts";
import type { Origin } from "../http/origin.ts";
import { Problem } from "../problem.ts";
import { statement } from "../statement.ts";
import type { Tables } from "../tables.ts";
import { announceEnd } from "./announce-end.ts";
import { requireRecentSignIn, SENSITIVE_SECONDS } from "./require-recent-sign-in.ts";
import type { AccessClaims } from "./verified-tokens.ts";

const p = sql.placeholder;

/** Ends one session: its head, its access tokens, and the row of each that says so. */
const buildEnd = (t: Tables, family: SQL) => sql`
  with account as materialized (
    select u.id from ${t.users} u where u.id =
      (select h.user_id from ${t.refreshTokens} h where h.generation = 0 and h.family_id = ${family})
    for no key update
  ), ended as (
    update ${t.refreshTokens} h set revoked_at = now(), revoked_reason = ${p("reason")}
    from account where h.generation = 0 and h.family_id = ${family} and h.revoked_at is null
      and h.user_id = account.id
      and (${p("ownerId")}::text is null or h.user_id::text = ${p("ownerId")}::text)
    returning h.family_id, h.user_id
  ), revocation as (
    insert into ${t.revocations} (session_id) select family_id from ended on conflict do nothing
  ), counted as (
    update ${t.users} u set session_count = greatest(0, u.session_count - 1)
    from ended where u.id = ended.user_id
  ), audit as (
    insert into ${t.sessionAudits} (user_id, session_id, action, ip_address, user_agent, metadata)
    select user_id, family_id, 'ended', ${p("ipAddress")}, ${p("userAgent")},
      jsonb_build_object('reason', ${p("reason")}::text) from ended
  ), event as (
    insert into ${t.securityEvents} (event_type, severity, user_id, session_id, ip_address,
      user_agent, metadata)
    select 'token_revoked', 'low', user_id, family_id, ${p("ipAddress")}, ${p("userAgent")},
      jsonb_build_object('reason', ${p("reason")}::text) from ended
  )
  select family_id as session_id from ended`;

type Ended = { session_id: string };

const endById = statement<Ended>((t) => buildEnd(t, sql`${p("sessionId")}::uuid`));

const endByToken = statement<Ended>((t) =>
  buildEnd(t, sql`(select family_id from ${t.refreshTokens} where token_hash = ${p("tokenHash")})`),
);

/** Signs out of the session that a bearer or a refresh token belongs to. Doing it twice is no error. */
export async function signOut(
  deps: Deps,
  session: { sessionId: string } | { refreshToken: string },
  origin: Origin,
): Promise<void> {
  const values = { reason: "signed_out", ownerId: null, ...originValues(origin) };
  const ended =
    "sessionId" in session
      ? await endById(deps, { ...values, sessionId: session.sessionId })
      : await endByToken(deps, { ...values, tokenHash: digestToken(session.refreshToken) });
  await announceEnd(
    deps,
    ended.map(({ session_id }) => session_id),
  );
}

/**
 * Ends one of the caller's own sessions. Any but the present one needs a sign-in of the last 15
 * minutes.
 *
 * @throws Problem step_up_required; not_found for another's session, one that ended, and one that
 *   never was.
 */
export async function endOwnSession(
  deps: Deps,
  { sessionId, claims }: { sessionId: string; claims: AccessClaims },
  origin: Origin,
): Promise<void> {
  if (sessionId !== claims.sid) {
    await requireRecentSignIn(deps, claims, SENSITIVE_SECONDS);
  }
  const ended = await endById(deps, {
    reason: "ended_by_user",
    ownerId: claims.sub,
    sessionId,
    ...originValues(origin),
  });
  if (ended.length === 0) {
    throw new Problem("not_found");
  }
  await announceEnd(deps, [sessionId]);
}

const originValues = ({ ipAddress, userAgent }: Origin) => ({ ipAddress, userAgent });
