import { DELIVERY_CHANNEL, type MessageChannel } from "@postern/messages";
import { type SQL, sql } from "drizzle-orm";
import type { Deps } from "../deps.ts";
import type { Delivery, Outcome } from "./delivery.ts";
import { failOverRows } from "./fail-over.ts";
import { type Log, logStatement } from "./logs.ts";
import { maybeSentMark } from "./maybe-sent.ts";
import { delaySeconds } from "./retry-delay.ts";

export type Recorded = { status: string; seconds: number };

/** An attempt and how it ended. */
export type Ended = Readonly<{ delivery: Delivery; outcome: Outcome }>;

/** The error code of a payload that does not open; it raises a security event. */
export const DECRYPT_FAILED = "decrypt_failed";

const p = sql.placeholder;

// The rows are locked first and in one order, like those of receipts, so that none waits for another
// in a circle. The jitter of a fifth either way keeps rows that failed together from coming back
// together.
const RECORD = logStatement<Recorded & { id: string }>(
  (log, { securityEvents: events, suppressions }) => sql`
    with ended as (
      select * from jsonb_to_recordset(${p("ended")}::text::jsonb) as ended (
        id uuid, lease_id uuid, delay_seconds float8, status text, keeps_payload boolean,
        provider text, provider_message_id text, error_code text, error_message text,
        segments smallint, cost_micros bigint, currency text, is_opt_out boolean,
        alarm_type text, alarm_severity text, alarm_metadata jsonb,
        fail_over_id uuid, fail_over_payload text, fail_over_provider text
      )
    ), next as (
      select ended.*, now() + make_interval(
        secs => delay_seconds * (0.8 + 0.4 * random())
      ) as attempt_at, ${maybeSentMark("delivery")} as mark
      from ${log.table} as delivery join ended on ended.id = delivery.id
        and ended.lease_id = delivery.lease_id
      where delivery.id = any(${p("ids")}::uuid[]) and delivery.status = 'sending'
      order by delivery.id
      for update of delivery
    ), recorded as (
      update ${log.table} as delivery
      set status = case
            when next.status = 'retry' and next.attempt_at >= expires_at then 'expired'
            else next.status
          end,
          next_attempt_at = case
            when next.status = 'retry' then next.attempt_at else next_attempt_at
          end,
          -- What is sent needs its payload no more, but for another provider: a resend seals its
          -- own from the challenge.
          sealed_payload = case
            when next.status = 'retry' and next.attempt_at < expires_at
              or next.status = 'sent' and next.keeps_payload
            then sealed_payload
          end,
          provider = coalesce(next.provider, delivery.provider),
          provider_message_id = coalesce(next.provider_message_id, delivery.provider_message_id),
          -- What was sent keeps the code of an attempt that may have sent it too, whatever came
          -- between: a pause for another reason does not take the mark away.
          error_code = case next.status
            when 'sent' then coalesce(next.error_code, next.mark)
            when 'retry' then coalesce(next.mark, next.error_code)
            else coalesce(next.error_code, delivery.error_code)
          end,
          error_message = coalesce(next.error_message, case
            when next.status <> 'sent' or next.mark is not null then delivery.error_message
          end),
          sent_at = case when next.status = 'sent' then now() end,
          failed_at = case when next.status = 'failed' then now() end,
          ${smsFigures(log)}
          lease_id = null, lease_expires_at = null
      from next
      where delivery.id = next.id and delivery.status = 'sending'
        and delivery.lease_id = next.lease_id
      returning delivery.id, delivery.user_id, delivery.status, delivery.error_code,
        ${log.recipientIndex} as recipient,
        extract(epoch from now() - delivery.created_at)::float8 as seconds
    ), alarm as (
      insert into ${events} (event_type, severity, user_id, metadata)
      select 'decrypt_failed', 'high', user_id,
        jsonb_build_object('table', ${sql.raw(`'${log.name}'`)}, 'row_id', id)
      from recorded where error_code = ${DECRYPT_FAILED}
      union all
      select alarm_type, alarm_severity, user_id, alarm_metadata
      from recorded join next using (id) where alarm_type is not null
    ), opted_out as (
      insert into ${suppressions} (channel, recipient_index, reason)
      select ${sql.raw(`'${log.channel}'`)}, recipient, 'opt_out'
      from recorded join next using (id) where is_opt_out
      on conflict do nothing
    ), failed_over as (${failedOver(log)})
    select id, status, seconds,
      (select pg_notify(${DELIVERY_CHANNEL}, '') from failed_over limit 1) as woken
    from recorded`,
);

const failedOver = (log: Log): SQL =>
  log.channel === "sms"
    ? failOverRows(log, sql`select next.* from recorded join next using (id)`)
    : sql`select where false`;

const smsFigures = ({ channel }: Log): SQL =>
  channel === "email"
    ? sql``
    : sql`
          segments = coalesce(next.segments, delivery.segments),
          cost_micros = coalesce(next.cost_micros, delivery.cost_micros),
          currency = coalesce(next.currency, delivery.currency),`;

/**
 * Writes down how attempts over one channel ended and gives their leases back, in one statement for
 * all of them. What is not tried again loses its payload; a payload that did not open leaves a
 * security event, and a provider that refused a row for the next provider, in the same statement.
 *
 * What is missing in the answer, by the row's id, had another worker's lease by then: of it nothing
 * was changed.
 */
export async function recordAll(
  deps: Pick<Deps, "db" | "tables">,
  channel: MessageChannel,
  ended: readonly Ended[],
): Promise<ReadonlyMap<string, Recorded>> {
  const rows = await RECORD(deps, channel, {
    ids: ended.map(({ delivery }) => delivery.id),
    ended: JSON.stringify(ended.map(rowOf)),
  });
  return new Map(rows.map(({ id, status, seconds }) => [id, { status, seconds }]));
}

/** `recordAll` of one; null where the lease was no longer this worker's. */
export async function record(
  deps: Pick<Deps, "db" | "tables">,
  delivery: Delivery,
  outcome: Outcome,
): Promise<Recorded | null> {
  const recorded = await recordAll(deps, delivery.channel, [{ delivery, outcome }]);
  return recorded.get(delivery.id) ?? null;
}

/** An end as the statement reads it; what is undefined is left out, and null there. */
function rowOf({ delivery, outcome }: Ended) {
  const { cost, failOver, alarm, ...rest } = { ...NOTHING, ...outcome };
  return {
    id: delivery.id,
    lease_id: delivery.leaseId,
    delay_seconds: delaySeconds(delivery),
    status: rest.status,
    keeps_payload: rest.keepsPayload ?? false,
    provider: rest.provider,
    provider_message_id: rest.providerMessageId,
    error_code: rest.errorCode,
    error_message: rest.errorMessage,
    segments: rest.segments,
    cost_micros: cost?.micros,
    currency: cost?.currency,
    is_opt_out: rest.isOptOut ?? false,
    alarm_type: alarm?.type,
    alarm_severity: alarm?.severity,
    alarm_metadata: alarm?.metadata,
    fail_over_id: failOver?.id,
    fail_over_payload: failOver?.sealedPayload,
    fail_over_provider: failOver?.provider,
  };
}

const NOTHING = {
  provider: undefined,
  providerMessageId: undefined,
  errorCode: undefined,
  errorMessage: undefined,
  segments: undefined,
  keepsPayload: undefined,
  isOptOut: undefined,
  cost: undefined,
  failOver: undefined,
  alarm: undefined,
};
