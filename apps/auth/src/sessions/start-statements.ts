import { type SQL, sql } from "drizzle-orm";
import { USER_COLUMNS, type UserRow } from "../accounts/account.ts";
import { isTracked } from "../devices/tracked.ts";
import { consumingSteps, type Proves } from "../one-time-codes/consuming-steps.ts";
import { statement } from "../statement.ts";
import type { Tables, UserId } from "../tables.ts";
import { hasFactor, offeredFactors, readFactors } from "./factor-gate.ts";
import type { SecondFactorMethod } from "./proof.ts";
import { type ReplacingSteps, startsBeside, startsInstead } from "./replacing-steps.ts";
import { announceNotices, noticeSteps } from "./sign-in-notices.ts";

export type StartRow =
  | (UserRow & {
      outcome: "session";
      auth_time: number;
      is_new_device: boolean;
      session_count: number;
    })
  | {
      outcome: "second_factor";
      user_id: UserId;
      password_hash: string | null;
      methods: SecondFactorMethod[];
    };

const p = sql.placeholder;

/**
 * The session, its device, its log rows and its events, in one statement. Its first step locks the
 * account under the condition that the proof still holds, so a password that changes or an account
 * that is disabled at this moment leaves nothing behind.
 *
 * The gate stands here and not in the callers: an account with a confirmed factor gets no session
 * from a first step alone, whichever way it was proved, unless a device that it trusts asks.
 */
const buildStart = (t: Tables, proof: { proved: SQL; replaces?: ReplacingSteps }) => {
  const { steps, isDue, added, isDevice, action } = proof.replaces ?? startsBeside;
  const { proved } = proof;
  return sql`
  with ${proved}, factors as materialized (${readFactors(t, sql`proved`)}
  ), asked as materialized (
    select u.*, not ${p("isComplete")}::boolean and ${hasFactor(t, sql`factors`)} as has_factor
    from proved u
  ), trusted as materialized (
    select d.id from ${t.userDevices} d, asked where asked.has_factor
      and d.token_hash = ${p("deviceTokenHash")} and d.user_id = asked.id
      and d.revoked_at is null and d.trusted_until > now()
    for share of d
  ), gate as materialized (
    select asked.*, asked.has_factor and not exists (select from trusted) as needs_factor
    from asked
  ), ${steps} half as (
    insert into ${t.loginAttempts} (identifier_hint, identifier_index, user_id, ip_address,
      user_agent, attempt_result)
    select ${p("identifierHint")}, ${p("identifierIndex")}, gate.id, ${p("ipAddress")},
      ${p("userAgent")}, 'second_factor_required'
    from gate where gate.needs_factor
  ), account as (
    update ${t.users} u set last_login_at = now(), last_login_ip = ${p("ipAddress")},
      last_activity_at = now(), session_count = u.session_count + ${added},
      failed_login_attempts = 0,
      account_locked_until = case when u.account_locked_until > now() then u.account_locked_until end
    from gate where u.id = gate.id and not gate.needs_factor ${isDue}
    returning ${sql.raw(USER_COLUMNS)}, u.session_count, ${isTracked} as is_tracked
  ), known_device as (
    update ${t.userDevices} d set last_seen_at = now(), last_ip = ${p("ipAddress")},
      fingerprint = case when account.is_tracked then ${p("fingerprint")} else d.fingerprint end,
      browser = case when account.is_tracked then ${p("browser")} else d.browser end,
      os = case when account.is_tracked then ${p("os")} else d.os end,
      device_type = case when account.is_tracked then ${p("deviceType")} else d.device_type end
    from account where ${isDevice} and d.user_id = account.id and d.revoked_at is null
    returning d.id
  ), new_device as (
    insert into ${t.userDevices} (id, user_id, token_hash, last_ip, fingerprint, browser, os, device_type)
    select ${p("newDeviceId")}::uuid, account.id, ${p("newDeviceTokenHash")}, ${p("ipAddress")},
      case when account.is_tracked then ${p("fingerprint")} end,
      case when account.is_tracked then ${p("browser")} end,
      case when account.is_tracked then ${p("os")} end,
      case when account.is_tracked then ${p("deviceType")} end
    from account where not exists (select from known_device)
    returning id
  ), device as (
    select id from new_device union all select id from known_device
  ), token as (
    insert into ${t.refreshTokens} (id, family_id, user_id, token_hash, amr, device_id, device_name,
      device_fingerprint, ip_address, user_agent, expires_at, absolute_expires_at)
    select ${p("tokenId")}::uuid, ${p("sessionId")}::uuid, account.id, ${p("tokenHash")}, ${p("amr")},
      (select id from device), case when account.is_tracked then ${p("deviceName")} end,
      case when account.is_tracked then ${p("fingerprint")} end, ${p("ipAddress")}, ${p("userAgent")},
      now() + make_interval(secs => ${p("idleSeconds")}),
      now() + make_interval(secs => ${p("absoluteSeconds")})
    from account
  ), attempt as (
    insert into ${t.loginAttempts} (identifier_hint, identifier_index, user_id, ip_address,
      user_agent, attempt_result, device_id)
    select ${p("identifierHint")}, ${p("identifierIndex")}, account.id, ${p("ipAddress")}, ${p("userAgent")}, 'success',
      (select id from device)
    from account where ${p("isSignIn")}::boolean
  ), audit as (
    insert into ${t.sessionAudits} (user_id, session_id, action, ip_address, user_agent, metadata)
    select account.id, ${p("sessionId")}::uuid, ${action}, ${p("ipAddress")}, ${p("userAgent")},
      jsonb_build_object('amr', ${p("amr")}::text)
    from account
  ), events as (
    insert into ${t.securityEvents} (event_type, severity, user_id, session_id, token_id,
      ip_address, user_agent)
    select event.type, event.severity, account.id, ${p("sessionId")}::uuid, ${p("tokenId")}::uuid,
      ${p("ipAddress")}, ${p("userAgent")}
    from account, (values
      ('token_generated', 'low', true),
      ('login_success', 'low', ${p("isSignIn")}::boolean),
      ('new_device', 'medium', ${p("isSignIn")}::boolean and exists (select from new_device))
    ) as event (type, severity, is_due)
    where event.is_due
  ), cleared as (
    delete from ${t.attemptLanes} where lane_digest = ${p("lane")} and exists (select from gate)
  ), ${noticeSteps(t)}
  select case when gate.needs_factor then 'second_factor' else 'session' end as outcome,
    gate.id as user_id, gate.password_hash, account.*,
    floor(extract(epoch from now()))::int as auth_time,
    exists (select from new_device) as is_new_device, ${announceNotices},
    case when gate.needs_factor then (
      select ${offeredFactors(t, sql`${p("amr")}::text`, sql`factors`)} from ${t.users} u
      where u.id = gate.id
    ) else '{}' end as methods
  from gate left join account on true where gate.needs_factor or account.id is not null`;
};

/** Locks the account `u` where the proof holds. */
const provedIf = (t: Tables, holds: SQL) => sql`proved as materialized (
    select u.id, u.password_hash, u.failed_login_attempts as failures
    from ${t.users} u where u.disabled_at is null and ${holds}
    for no key update of u
  )`;

const isUnchanged = sql`u.id = ${p("userId")} and (not ${p("isPasswordBound")}::boolean
  or u.password_hash is not distinct from ${p("passwordHash")})`;

const ofAccount = statement<StartRow>((t) => buildStart(t, { proved: provedIf(t, isUnchanged) }));

const steppingUp = statement<StartRow>((t) =>
  buildStart(t, { proved: provedIf(t, isUnchanged), replaces: startsInstead(t) }),
);

/** Of the lane of a device that is known to that account, or else of the strangers' (R-13, R-15). */
const isLockedOut = (t: Tables, userId: SQL) => sql`exists (
  select from ${t.attemptLanes} l where l.locked_until > now()
    and l.lane_digest = case when exists (select from ${t.userDevices} k
      where k.token_hash = ${p("deviceTokenHash")} and k.user_id = ${userId} and k.revoked_at is null)
    then ${p("deviceLane")} else ${p("strangerLane")} end)`;

/** The code's delivery row is used up in the same statement: it starts one session, ever (R-21). */
const afterCode = (...proves: Proves) =>
  statement<StartRow>((t) =>
    buildStart(t, {
      proved: sql`${consumingSteps(t, proves, (owner) => sql`not ${isLockedOut(t, owner)}`)},
        proved as materialized (select owner.* from owner, consumed)`,
    }),
  );

/** One statement for each way in; what differs is when the proof holds. */
export const startStatements = {
  ofAccount,
  steppingUp,
  afterCode: { email: afterCode("email", "present"), sms: afterCode("sms", "present") },
};
