import { sql } from "drizzle-orm";
import { USER_COLUMNS, type UserRow } from "../accounts/account.ts";
import { isTracked } from "../devices/tracked.ts";
import { statement } from "../statement.ts";
import type { SealedSuccessor } from "./successor.ts";

type Row = UserRow & {
  outcome:
    | "rotated"
    | "repeated"
    | "reused"
    | "ended"
    | "foreign"
    | "stranger_ended"
    | "stranger_held";
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
 * anything older ends the family. `ended`: the head was revoked or the time is over. `foreign`: the
 * page showed the CSRF token of another session; nothing changes. `stranger_ended` and
 * `stranger_held`: the fingerprint is another one, and FINGERPRINT_MISMATCH is revoke or step_up.
 */
export const rotateToken = statement<Row>(
  (t) => sql`
    with account as materialized (
      select ${sql.raw(USER_COLUMNS)}, u.disabled_at, ${isTracked} as is_tracked from ${t.users} u
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
    ), compared as materialized (
      select presented.*, coalesce(account.is_tracked
        and presented.device_fingerprint <> ${p("fingerprint")}, false) as is_stranger
      from presented, account
    ), judged as materialized (
      select compared.*, case
        when head.family_id::text <> ${p("ofSession")}::text then 'foreign'
        when head.revoked_at is not null or account.disabled_at is not null then 'ended'
        when compared.rotated_at is null and compared.expires_at <= now() then 'ended'
        when compared.rotated_at is not null and (compared.sealed_successor is null
          or compared.rotated_at <= now() - make_interval(secs => ${p("graceSeconds")})) then 'reused'
        when compared.is_stranger and ${p("onStranger")}::text = 'revoke' then 'stranger_ended'
        when compared.is_stranger and ${p("onStranger")}::text = 'step_up' then 'stranger_held'
        when compared.rotated_at is null then 'rotated'
        else 'repeated' end as outcome
      from compared, head, account
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
        judged.generation + 1, judged.amr, judged.device_id,
        case when account.is_tracked then ${p("deviceName")} else judged.device_name end,
        case when account.is_tracked then ${p("fingerprint")} else judged.device_fingerprint end,
        ${p("ipAddress")}, ${p("userAgent")},
        least(now() + make_interval(secs => ${p("idleSeconds")}), judged.absolute_expires_at),
        judged.absolute_expires_at
      from judged, head, account where judged.outcome = 'rotated'
    ), ended as (
      update ${t.refreshTokens} h set revoked_at = now(), revoked_reason = ended.reason
      from judged, head, (values ('reused', 'reuse_detected'),
        ('stranger_ended', 'fingerprint_mismatch')) as ended (outcome, reason)
      where h.id = head.id and ended.outcome = judged.outcome
      returning h.family_id, h.user_id, h.revoked_reason
    ), revocation as (
      insert into ${t.revocations} (session_id) select family_id from ended on conflict do nothing
    ), active as (
      update ${t.users} u set last_activity_at = now(),
        session_count = greatest(0, u.session_count - (select count(*)::int from ended))
      from judged, head
      where u.id = head.user_id and judged.outcome in ('rotated', 'reused', 'stranger_ended')
    ), audit as (
      insert into ${t.sessionAudits} (user_id, session_id, action, ip_address, user_agent, metadata)
      select head.user_id, head.family_id, 'refreshed', ${p("ipAddress")}::inet, ${p("userAgent")}, '{}'::jsonb
      from judged, head, account where judged.outcome = 'rotated' and account.is_tracked
      union all
      select user_id, family_id, 'ended', ${p("ipAddress")}::inet, ${p("userAgent")},
        jsonb_build_object('reason', revoked_reason) from ended
    ), event as (
      insert into ${t.securityEvents} (event_type, severity, user_id, session_id, token_id,
        ip_address, user_agent, device_fingerprint)
      select event.type, event.severity, head.user_id, head.family_id, judged.id, ${p("ipAddress")},
        ${p("userAgent")}, case when judged.is_stranger then ${p("fingerprint")} end
      from judged, head, (values
        ('token_refreshed', 'low', array['rotated'], false),
        ('token_reuse_detected', 'critical', array['reused'], false),
        ('token_revoked', 'medium', array['stranger_ended'], false),
        ('device_fingerprint_mismatch', 'medium',
          array['rotated', 'repeated', 'stranger_ended', 'stranger_held'], true)
      ) as event (type, severity, outcomes, is_of_stranger)
      where judged.outcome = any(event.outcomes) and (judged.is_stranger or not event.is_of_stranger)
    )
    select account.*, judged.outcome, judged.amr, judged.sealed_successor,
      head.family_id as session_id, floor(extract(epoch from head.created_at))::int as auth_time
    from judged, head, account`,
);
