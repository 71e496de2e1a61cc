import { randomUUIDv7 } from "node:crypto";
import { digestToken, generateToken } from "@postern/crypto";
import { sql } from "drizzle-orm";
import { toUserView, USER_COLUMNS, type UserRow } from "../accounts/account.ts";
import type { Deps } from "../deps.ts";
import type { Origin } from "../http/origin.ts";
import { Problem } from "../problem.ts";
import { statement } from "../statement.ts";
import { signAccessToken } from "./access-token.ts";
import { announceEnd } from "./announce-end.ts";
import type { Session } from "./start-session.ts";
import { openSuccessor, type SealedSuccessor, sealSuccessor } from "./successor.ts";

type Row = UserRow & {
  outcome: "rotated" | "repeated" | "reused" | "ended";
  session_id: string;
  amr: string;
  auth_time: number;
  sealed_successor: SealedSuccessor | null;
};

const p = sql.placeholder;

/**
 * Rotation in one statement. Locks are taken in one order everywhere: account, head, token.
 *
 * `rotated`: a live token got its one successor. `repeated`: the immediate predecessor, inside the
 * grace window and with a successor that nobody used yet, gets that same successor. `reused`:
 * anything older ends the family. `ended`: the head was revoked or the time is over.
 */
const rotate = statement<Row>(
  (t) => sql`
    with account as materialized (
      select ${sql.raw(USER_COLUMNS)}, u.disabled_at from ${t.users} u
      where u.id = (select user_id from ${t.refreshTokens} where token_hash = ${p("tokenHash")})
      for no key update
    ), head as materialized (
      select h.id, h.family_id, h.user_id, h.created_at, h.revoked_at from ${t.refreshTokens} h, account
      where h.generation = 0 and h.family_id =
        (select family_id from ${t.refreshTokens} where token_hash = ${p("tokenHash")})
      for update of h
    ), presented as materialized (
      select r.id, r.generation, r.rotated_at, r.expires_at, r.sealed_successor, r.amr, r.device_id,
        r.device_name, r.device_fingerprint, r.absolute_expires_at
      from ${t.refreshTokens} r, head where r.token_hash = ${p("tokenHash")}
      for update of r
    ), judged as (
      select presented.*, case
        when head.revoked_at is not null or account.disabled_at is not null then 'ended'
        when presented.rotated_at is null and presented.expires_at > now() then 'rotated'
        when presented.rotated_at is null then 'ended'
        when presented.sealed_successor is not null
          and presented.rotated_at > now() - make_interval(secs => ${p("graceSeconds")}) then 'repeated'
        else 'reused' end as outcome
      from presented, head, account
    ), used as (
      update ${t.refreshTokens} r set rotated_at = now(), last_used_at = now(),
        sealed_successor = ${p("sealedSuccessor")}
      from judged where r.id = judged.id and judged.outcome = 'rotated'
    ), forgotten as (
      update ${t.refreshTokens} r set sealed_successor = null
      from judged, head where judged.outcome = 'rotated' and r.family_id = head.family_id
        and r.generation = judged.generation - 1
    ), successor as (
      insert into ${t.refreshTokens} (id, family_id, user_id, token_hash, generation, amr, device_id,
        device_name, device_fingerprint, ip_address, user_agent, expires_at, absolute_expires_at)
      select ${p("newTokenId")}::uuid, head.family_id, head.user_id, ${p("newTokenHash")},
        judged.generation + 1, judged.amr, judged.device_id, judged.device_name,
        judged.device_fingerprint, ${p("ipAddress")}, ${p("userAgent")},
        least(now() + make_interval(secs => ${p("idleSeconds")}), judged.absolute_expires_at),
        judged.absolute_expires_at
      from judged, head where judged.outcome = 'rotated'
    ), ended as (
      update ${t.refreshTokens} h set revoked_at = now(), revoked_reason = 'reuse_detected'
      from judged, head where h.id = head.id and judged.outcome = 'reused'
    ), revocation as (
      insert into ${t.revocations} (session_id)
      select head.family_id from judged, head where judged.outcome = 'reused' on conflict do nothing
    ), active as (
      update ${t.users} u set last_activity_at = now(),
        session_count = greatest(0, u.session_count -
          case judged.outcome when 'reused' then 1 else 0 end)
      from judged, head where u.id = head.user_id and judged.outcome in ('rotated', 'reused')
    ), audit as (
      insert into ${t.sessionAudits} (user_id, session_id, action, ip_address, user_agent, metadata)
      select head.user_id, head.family_id,
        case judged.outcome when 'rotated' then 'refreshed' else 'ended' end,
        ${p("ipAddress")}, ${p("userAgent")}, case judged.outcome when 'reused'
          then jsonb_build_object('reason', 'reuse_detected') else '{}'::jsonb end
      from judged, head where judged.outcome in ('rotated', 'reused')
    ), event as (
      insert into ${t.securityEvents} (event_type, severity, user_id, session_id, token_id,
        ip_address, user_agent)
      select case judged.outcome when 'rotated' then 'token_refreshed' else 'token_reuse_detected' end,
        case judged.outcome when 'rotated' then 'low' else 'critical' end,
        head.user_id, head.family_id, judged.id, ${p("ipAddress")}, ${p("userAgent")}
      from judged, head where judged.outcome in ('rotated', 'reused')
    )
    select account.*, judged.outcome, judged.amr, judged.sealed_successor,
      head.family_id as session_id, floor(extract(epoch from head.created_at))::int as auth_time
    from judged, head, account`,
);

/**
 * Trades a refresh token for its successor and a new access token.
 *
 * Parallel calls with one token all get the same successor, so three browser tabs stay signed in;
 * a token older than the immediate predecessor, or one that comes after the grace window, was
 * stolen or replayed, and ends the session for everybody (RFC 9700, 4.14.2).
 *
 * @throws Problem session_ended, token_reused; service_unavailable before the first signing key.
 */
export async function refreshSession(
  deps: Deps,
  { refreshToken, origin }: { refreshToken: string; origin: Origin },
): Promise<Session> {
  // Without a key there is nothing to answer with: then nothing must be rotated.
  deps.signingKeys.current();
  const presented = { token: refreshToken, tokenHash: digestToken(refreshToken) };
  const successor = generateToken("prt");
  const [row] = await rotate(deps, {
    tokenHash: presented.tokenHash,
    sealedSuccessor: sealSuccessor(presented, successor),
    newTokenId: randomUUIDv7(),
    newTokenHash: digestToken(successor),
    graceSeconds: deps.config.refresh.graceSeconds,
    idleSeconds: deps.config.refresh.idleSeconds,
    ipAddress: origin.ipAddress,
    userAgent: origin.userAgent,
  });
  if (!row || row.outcome === "ended") {
    throw new Problem("session_ended");
  }
  if (row.outcome === "reused") {
    await announceEnd(deps, [row.session_id]);
    throw new Problem("token_reused");
  }
  const { accessToken, expiresInSeconds } = await signAccessToken(deps, {
    userId: row.id,
    sessionId: row.session_id,
    authTime: row.auth_time,
    amr: row.amr,
  });
  return {
    id: row.session_id,
    user: toUserView(row),
    accessToken,
    refreshToken: row.sealed_successor ? openSuccessor(presented, row.sealed_successor) : successor,
    refreshExpiresInSeconds: deps.config.refresh.idleSeconds,
    expiresInSeconds,
    deviceToken: null,
  };
}
