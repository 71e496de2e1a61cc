import { DELIVERY_CHANNEL } from "@postern/messages";
import { deliveryPriorities } from "@postern/schema";
import { type SQL, sql } from "drizzle-orm";
import type { Deps } from "../deps.ts";
import type { Delivery, Outcome } from "./delivery.ts";
import { failOverRow } from "./fail-over.ts";
import { type Log, logStatement } from "./logs.ts";
import { MAYBE_SENT } from "./maybe-sent.ts";

export type Recorded = { status: string; seconds: number };

/** The error code of a payload that does not open; it raises a security event. */
export const DECRYPT_FAILED = "decrypt_failed";

// A code has 300 s to live, so it is tried often to its end; nothing else is in such a hurry.
const CODE_DELAYS_SECONDS = [1, 2, 5, 10, 30] as const;
const OTHER_DELAYS_SECONDS = [...CODE_DELAYS_SECONDS, 60, 300] as const;

const value = (name: string) => sql.placeholder(name);

// The jitter of a fifth either way keeps rows that failed together from coming back together.
const RECORD = logStatement<Recorded>(
  (log, { securityEvents: events, suppressions }) => sql`
    with next as (
      select id, now() + make_interval(
        secs => ${value("delaySeconds")}::float8 * (0.8 + 0.4 * random())
      ) as attempt_at
      from ${log.table} where id = ${value("id")}::uuid
    ), recorded as (
      update ${log.table} as delivery
      set status = case
            when ${value("status")}::text = 'retry' and next.attempt_at >= expires_at then 'expired'
            else ${value("status")}::text
          end,
          next_attempt_at = case
            when ${value("status")}::text = 'retry' then next.attempt_at else next_attempt_at
          end,
          -- What is sent needs its payload no more, but for another provider: a resend seals its
          -- own from the challenge.
          sealed_payload = case
            when ${value("status")}::text = 'retry' and next.attempt_at < expires_at
              or ${value("status")}::text = 'sent' and ${value("keepsPayload")}::boolean
            then sealed_payload
          end,
          provider = coalesce(${value("provider")}::text, provider),
          provider_message_id = coalesce(${value("providerMessageId")}::text, provider_message_id),
          -- What was sent keeps the code of an attempt that may have sent it too.
          error_code = coalesce(${value("errorCode")}::text, case
            when ${value("status")}::text <> 'sent' or error_code in ${MAYBE_SENT} then error_code
          end),
          error_message = coalesce(${value("errorMessage")}::text, case
            when ${value("status")}::text <> 'sent' or error_code in ${MAYBE_SENT}
            then error_message
          end),
          sent_at = case when ${value("status")}::text = 'sent' then now() end,
          failed_at = case when ${value("status")}::text = 'failed' then now() end,
          ${smsFigures(log)}
          lease_id = null, lease_expires_at = null
      from next
      where delivery.id = next.id and delivery.status = 'sending'
        and delivery.lease_id = ${value("leaseId")}::uuid
      returning delivery.id, delivery.user_id, delivery.status, delivery.error_code,
        ${log.recipientIndex} as recipient,
        extract(epoch from now() - delivery.created_at)::float8 as seconds
    ), alarm as (
      insert into ${events} (event_type, severity, user_id, metadata)
      select 'decrypt_failed', 'high', user_id,
        jsonb_build_object('table', ${sql.raw(`'${log.name}'`)}, 'row_id', id)
      from recorded where error_code = ${DECRYPT_FAILED}
    ), opted_out as (
      insert into ${suppressions} (channel, recipient_index, reason)
      select ${sql.raw(`'${log.channel}'`)}, recipient, 'opt_out'
      from recorded where ${value("isOptOut")}::boolean
      on conflict do nothing
    ), failed_over as (${failedOver(log)})
    select status, seconds, (select pg_notify(${DELIVERY_CHANNEL}, '') from failed_over) as woken
    from recorded`,
);

const failedOver = (log: Log): SQL =>
  log.channel === "sms" ? failOverRow(log, sql`select id from recorded`) : sql`select where false`;

const smsFigures = ({ channel }: Log): SQL =>
  channel === "email"
    ? sql``
    : sql`
          segments = coalesce(${value("segments")}::smallint, segments),
          cost_micros = coalesce(${value("costMicros")}::bigint, cost_micros),
          currency = coalesce(${value("currency")}::text, currency),`;

/**
 * Writes down how an attempt ended and gives the lease back. What is not tried again loses its
 * payload; a payload that did not open leaves a security event, and a provider that refused a row
 * for the next provider, in the same statement.
 *
 * Null where the lease was no longer this worker's: then nothing was changed.
 */
export async function record(
  deps: Deps,
  delivery: Delivery,
  outcome: Outcome,
): Promise<Recorded | null> {
  const [recorded] = await RECORD(deps, delivery.channel, {
    ...valuesOf(outcome),
    id: delivery.id,
    leaseId: delivery.leaseId,
    delaySeconds: delaySeconds(delivery),
  });
  return recorded ?? null;
}

const NOTHING = {
  provider: null,
  providerMessageId: null,
  errorCode: null,
  errorMessage: null,
  segments: null,
  keepsPayload: false,
  isOptOut: false,
};

function valuesOf(outcome: Outcome) {
  const { cost, failOver: next, ...rest } = { cost: null, failOver: null, ...outcome };
  return {
    ...NOTHING,
    ...rest,
    costMicros: cost?.micros ?? null,
    currency: cost?.currency ?? null,
    failOverId: next?.id ?? null,
    failOverPayload: next?.sealedPayload ?? null,
    failOverProvider: next?.provider ?? null,
  };
}

/** Seconds until the next attempt: 1, 2, 5, 10, then 30 for a code, up to 300 for others. */
export function delaySeconds({ priority, attempts }: Pick<Delivery, "priority" | "attempts">) {
  const delays = priority === deliveryPriorities.code ? CODE_DELAYS_SECONDS : OTHER_DELAYS_SECONDS;
  return delays[attempts - 1] ?? delays.at(-1) ?? 0;
}
