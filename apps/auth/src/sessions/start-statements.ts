import { type SQL, sql } from "drizzle-orm";
import { USER_COLUMNS, type UserRow } from "../accounts/account.ts";
import { statement } from "../statement.ts";
import type { Tables, UserId } from "../tables.ts";
import { hasFactor, offeredFactors } from "./factor-gate.ts";
import type { SecondFactorMethod } from "./proof.ts";

export type StartRow =
  | (UserRow & { outcome: "session"; auth_time: number; is_new_device: boolean })
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
const buildStart = (t: Tables, proof: { steps: SQL; holds: SQL }) => sql`
  with ${proof.steps} gate as materialized (
    select u.id, u.password_hash, not ${p("isComplete")}::boolean and ${hasFactor(t)}
      and not exists (select from ${t.userDevices} d where d.token_hash = ${p("deviceTokenHash")}
        and d.user_id = u.id and d.revoked_at is null and d.trusted_until > now()) as needs_factor
    from ${t.users} u where u.disabled_at is null and ${proof.holds}
    for no key update of u
  ), half as (
    insert into ${t.loginAttempts} (identifier_hint, identifier_index, user_id, ip_address,
      user_agent, attempt_result)
    select ${p("identifierHint")}, ${p("identifierIndex")}, gate.id, ${p("ipAddress")},
      ${p("userAgent")}, 'second_factor_required'
    from gate where gate.needs_factor
  ), account as (
    update ${t.users} u set last_login_at = now(), last_login_ip = ${p("ipAddress")},
      last_activity_at = now(), session_count = u.session_count + 1,
      failed_login_attempts = case when ${p("lane")}::text is null then u.failed_login_attempts else 0 end,
      account_locked_until = case when ${p("lane")}::text is null then u.account_locked_until end
    from gate where u.id = gate.id and not gate.needs_factor
    returning ${sql.raw(USER_COLUMNS)}
  ), known_device as (
    update ${t.userDevices} d set last_seen_at = now(), last_ip = ${p("ipAddress")}
    from account where d.token_hash = ${p("deviceTokenHash")} and d.user_id = account.id
      and d.revoked_at is null
    returning d.id
  ), new_device as (
    insert into ${t.userDevices} (id, user_id, token_hash, last_ip)
    select ${p("newDeviceId")}::uuid, account.id, ${p("newDeviceTokenHash")}, ${p("ipAddress")}
    from account where not exists (select from known_device)
    returning id
  ), device as (
    select id from new_device union all select id from known_device
  ), token as (
    insert into ${t.refreshTokens} (id, family_id, user_id, token_hash, amr, device_id, ip_address,
      user_agent, expires_at, absolute_expires_at)
    select ${p("tokenId")}::uuid, ${p("sessionId")}::uuid, account.id, ${p("tokenHash")}, ${p("amr")},
      (select id from device), ${p("ipAddress")}, ${p("userAgent")},
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
    select account.id, ${p("sessionId")}::uuid, 'started', ${p("ipAddress")}, ${p("userAgent")},
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
  )
  select case when gate.needs_factor then 'second_factor' else 'session' end as outcome,
    gate.id as user_id, gate.password_hash, account.*,
    floor(extract(epoch from now()))::int as auth_time,
    exists (select from new_device) as is_new_device,
    case when gate.needs_factor then (
      select ${offeredFactors(t, sql`${p("amr")}::text`)} from ${t.users} u where u.id = gate.id
    ) else '{}' end as methods
  from gate left join account on true`;

const ofAccount = statement<StartRow>((t) =>
  buildStart(t, {
    steps: sql``,
    holds: sql`u.id = ${p("userId")} and (not ${p("isPasswordBound")}::boolean
      or u.password_hash is not distinct from ${p("passwordHash")})`,
  }),
);

/** The code's delivery row is used up in the same statement: it starts one session, ever (R-21). */
const afterCode = (log: (t: Tables) => SQL, isVerified: SQL) =>
  statement<StartRow>((t) =>
    buildStart(t, {
      steps: sql`consumed as (
        update ${log(t)} d set consumed_at = now()
        from ${t.users} owner
        where d.challenge_id = ${p("challengeId")} and d.resend_of is null
          and d.consumed_at is null and owner.id = d.user_id and owner.disabled_at is null
          and ${isVerified}
        returning d.user_id
      ),`,
      holds: sql`u.id = (select user_id from consumed)`,
    }),
  );

/** One statement for each way in; what differs is when the proof holds. */
export const startStatements = {
  ofAccount,
  afterCode: {
    email: afterCode((t) => sql`${t.emailDeliveryLog}`, sql`owner.email_verified_at is not null`),
    sms: afterCode((t) => sql`${t.smsDeliveryLog}`, sql`owner.phone_verified_at is not null`),
  },
};
