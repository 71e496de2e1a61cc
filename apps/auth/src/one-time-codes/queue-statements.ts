import { DELIVERY_CHANNEL, type MessageChannel } from "@postern/messages";
import { type SQL, sql } from "drizzle-orm";
import { statement } from "../statement.ts";
import type { Tables } from "../tables.ts";
import { accountOf } from "./recipient.ts";

const p = sql.placeholder;

const LOGS = {
  email: {
    of: (t: Tables) => sql`${t.emailDeliveryLog}`,
    columns: sql`to_email_hint, to_email_index`,
    country: [sql``, sql``],
  },
  sms: {
    of: (t: Tables) => sql`${t.smsDeliveryLog}`,
    columns: sql`to_phone_hint, to_phone_index`,
    country: [sql`, country`, sql`, ${p("country")}`],
  },
} as const;

/** `otp_sent`, or `otp_failed` where nothing goes out, and the wake-up; both cost the same. */
const recordAndWake = (t: Tables, channel: MessageChannel, userId: SQL) => sql`
  event as (
    insert into ${t.securityEvents} (event_type, user_id, session_id, ip_address, user_agent, metadata)
    select case when queued.is_sent then 'otp_sent' else 'otp_failed' end, ${userId},
      ${p("sessionId")}::uuid, ${p("ipAddress")}, ${p("userAgent")},
      jsonb_build_object('purpose', ${p("purpose")}::text, 'channel', ${channel}::text,
        'delivery_id', queued.id, 'reason', case when not queued.is_sent then ${p("reason")}::text end)
    from queued
    returning id
  )
  select pg_notify(${sql.raw(`'${DELIVERY_CHANNEL}'`)}, '') from event`;

/**
 * The delivery row, its event and the worker's wake-up, in one statement.
 *
 * Where nobody is to get the message the row is written all the same, `suppressed` and without a
 * payload: nothing leaves the house, and the statement takes as long (D17). It also answers "why did
 * I get no code?": the address was mistyped.
 */
const toAccount = (channel: MessageChannel, isRecipient: SQL) =>
  statement<unknown>((t) => {
    const { of, columns, country } = LOGS[channel];
    return sql`
    with account as (
      select u.id from ${t.users} u where ${isRecipient}
    ), queued as (
      insert into ${of(t)} (id, user_id, template, locale, priority, ${columns}, challenge_id,
        resend_of, expires_at, status, error_code, sealed_payload${country[0]})
      select ${p("id")}::uuid, account.id, ${p("template")}, ${p("locale")}, ${p("priority")}::smallint,
        ${p("recipientHint")}, ${p("recipientIndex")}, ${p("challengeId")}, ${p("resendOf")}::uuid,
        now() + make_interval(secs => ${p("lifeSeconds")}),
        case when account.id is null then 'suppressed' else 'pending' end,
        case when account.id is null then 'unknown_recipient' end,
        case when account.id is not null then ${p("sealedPayload")} end${country[1]}
      from (values (1)) as always left join account on true
      returning id, user_id, status = 'pending' as is_sent
    ), ${recordAndWake(t, channel, sql`queued.user_id`)}`;
  });

/**
 * To an address that nobody may have yet. Where somebody has it, the row is a notice to that person
 * in place of the code: one row either way.
 */
const toUnusedEmail = statement<unknown>(
  (t) => sql`
    with holder as (
      select u.id from ${t.users} u where lower(u.email) = ${p("recipient")}
    ), asker as (
      select u.id from ${t.users} u where u.id = ${p("userId")} and u.disabled_at is null
    ), queued as (
      insert into ${t.emailDeliveryLog} (id, user_id, template, locale, priority, to_email_hint,
        to_email_index, challenge_id, resend_of, expires_at, sealed_payload)
      select case when h.id is null then ${p("id")}::uuid else ${p("noticeId")}::uuid end,
        coalesce(h.id, asker.id),
        case when h.id is null then ${p("template")} else ${p("noticeTemplate")} end,
        case when h.id is null then ${p("locale")} else ${p("noticeLocale")} end,
        case when h.id is null then ${p("priority")}::smallint else ${p("noticePriority")}::smallint end,
        ${p("recipientHint")}, ${p("recipientIndex")},
        case when h.id is null then ${p("challengeId")} end,
        case when h.id is null then ${p("resendOf")}::uuid end,
        now() + make_interval(secs => ${p("lifeSeconds")}),
        case when h.id is null then ${p("sealedPayload")} else ${p("noticePayload")} end
      from (values (1)) as always left join holder h on true left join asker on true
      returning id, challenge_id is not null as is_sent
    ), ${recordAndWake(t, "email", sql`(select id from asker)`)}`,
);

const own = sql`u.id = ${p("userId")} and u.disabled_at is null`;

/** By whom a code is for: whoever has the recipient, who asks, or nobody yet. */
export const queueStatements = {
  anyone: { email: toAccount("email", accountOf.email), sms: toAccount("sms", accountOf.sms) },
  asker: { email: toAccount("email", own), sms: toAccount("sms", own) },
  nobodyYet: toUnusedEmail,
};
