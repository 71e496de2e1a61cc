import { DELIVERY_CHANNEL, sealMessage } from "@postern/messages";
import { sql } from "drizzle-orm";
import type { Deps } from "../deps.ts";
import type { Origin } from "../http/origin.ts";
import { statement } from "../statement.ts";
import type { ChallengePayload } from "./challenge.ts";

const p = sql.placeholder;

/**
 * The delivery row, its event and the worker's wake-up, in one statement. Where nobody has the
 * address there is no row to deliver; the event and the wake-up cost the same (D17).
 */
const queue = statement<unknown>(
  (t) => sql`
    with account as (
      select u.id from ${t.users} u where lower(u.email) = ${p("recipient")} and u.disabled_at is null
    ), queued as (
      insert into ${t.emailDeliveryLog} (id, user_id, template, locale, priority, to_email_hint,
        to_email_index, challenge_id, resend_of, sealed_payload, expires_at)
      select ${p("id")}::uuid, account.id, ${p("template")}, ${p("locale")}, ${p("priority")}::smallint,
        ${p("recipientHint")}, ${p("recipientIndex")}, ${p("challengeId")}, ${p("resendOf")}::uuid,
        ${p("sealedPayload")}, now() + make_interval(secs => ${p("lifeSeconds")})
      from account
      returning id, user_id
    ), event as (
      insert into ${t.securityEvents} (event_type, user_id, session_id, ip_address, user_agent, metadata)
      select case when queued.id is null then 'otp_failed' else 'otp_sent' end, queued.user_id,
        ${p("sessionId")}::uuid, ${p("ipAddress")}, ${p("userAgent")},
        jsonb_build_object('purpose', ${p("purpose")}::text, 'channel', 'email', 'delivery_id', queued.id,
          'reason', case when queued.id is null then 'unknown_account' end)
      from (values (1)) as always left join queued on true
      returning id
    )
    select pg_notify(${sql.raw(`'${DELIVERY_CHANNEL}'`)}, '') from event`,
);

export type QueueCodeInput = {
  challengeId: string;
  payload: ChallengePayload;
  lifeSeconds: number;
  isResend: boolean;
  origin: Origin;
};

/** Queues the mail that carries a challenge's code. The notifier derives the code when it sends. */
export async function queueCode(deps: Deps, input: QueueCodeInput): Promise<void> {
  const { challengeId, payload, lifeSeconds, isResend, origin } = input;
  const { recipient, seed, purpose, deliveryId, sessionId } = payload;
  const delivery = sealMessage(deps, {
    name: purpose === "sign_in" ? "sign_in_code" : "verify_email_code",
    ...(isResend ? { resendOf: deliveryId } : { id: deliveryId }),
    to: recipient,
    seed,
    challengeId,
    lifeSeconds,
  });
  const { ipAddress, userAgent } = origin;
  await queue(deps, { ...delivery, recipient, purpose, sessionId, ipAddress, userAgent });
}
