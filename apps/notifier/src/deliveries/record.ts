import { deliveryPriorities } from "@postern/schema";
import { sql } from "drizzle-orm";
import type { Deps } from "../deps.ts";
import { statement } from "../statement.ts";
import type { Delivery, Outcome } from "./delivery.ts";

export type Recorded = { status: string; seconds: number };

/** The error code of a payload that does not open; it raises a security event. */
export const DECRYPT_FAILED = "decrypt_failed";

// A code has 300 s to live, so it is tried often to its end; nothing else is in such a hurry.
const CODE_DELAYS_SECONDS = [1, 2, 5, 10, 30] as const;
const OTHER_DELAYS_SECONDS = [...CODE_DELAYS_SECONDS, 60, 300] as const;

const value = (name: string) => sql.placeholder(name);

// The jitter of a fifth either way keeps rows that failed together from coming back together.
const RECORD = statement<Recorded>(
  ({ emailDeliveryLog: log, securityEvents: events }) => sql`
    with next as (
      select id, now() + make_interval(
        secs => ${value("delaySeconds")}::float8 * (0.8 + 0.4 * random())
      ) as attempt_at
      from ${log} where id = ${value("id")}::uuid
    ), recorded as (
      update ${log} as delivery
      set status = case
            when ${value("status")}::text = 'retry' and next.attempt_at >= expires_at then 'expired'
            else ${value("status")}::text
          end,
          next_attempt_at = case
            when ${value("status")}::text = 'retry' then next.attempt_at else next_attempt_at
          end,
          -- What is sent needs its payload no more: a resend seals its own from the challenge.
          sealed_payload = case
            when ${value("status")}::text = 'retry' and next.attempt_at < expires_at
            then sealed_payload
          end,
          provider = coalesce(${value("provider")}::text, provider),
          provider_message_id = coalesce(${value("providerMessageId")}::text, provider_message_id),
          error_code = case
            when ${value("status")}::text <> 'sent' then coalesce(${value("errorCode")}::text, error_code)
          end,
          error_message = case
            when ${value("status")}::text <> 'sent'
            then coalesce(${value("errorMessage")}::text, error_message)
          end,
          sent_at = case when ${value("status")}::text = 'sent' then now() end,
          failed_at = case when ${value("status")}::text = 'failed' then now() end,
          lease_id = null, lease_expires_at = null
      from next
      where delivery.id = next.id and delivery.status = 'sending'
        and delivery.lease_id = ${value("leaseId")}::uuid
      returning delivery.id, delivery.user_id, delivery.status, delivery.error_code,
        extract(epoch from now() - delivery.created_at)::float8 as seconds
    ), alarm as (
      insert into ${events} (event_type, severity, user_id, metadata)
      select 'decrypt_failed', 'high', user_id,
        jsonb_build_object('table', 'email_delivery_log', 'row_id', id)
      from recorded where error_code = ${DECRYPT_FAILED}
    )
    select status, seconds from recorded`,
);

/**
 * Writes down how an attempt ended and gives the lease back. What is not tried again loses its
 * payload; a payload that did not open leaves a security event, in the same statement.
 *
 * Null where the lease was no longer this worker's: then nothing was changed.
 */
export async function record(
  deps: Deps,
  delivery: Delivery,
  outcome: Outcome,
): Promise<Recorded | null> {
  const [recorded] = await RECORD(deps, {
    provider: null,
    providerMessageId: null,
    errorCode: null,
    errorMessage: null,
    ...outcome,
    id: delivery.id,
    leaseId: delivery.leaseId,
    delaySeconds: delaySeconds(delivery),
  });
  return recorded ?? null;
}

/** Seconds until the next attempt: 1, 2, 5, 10, then 30 for a code, up to 300 for others. */
export function delaySeconds({ priority, attempts }: Pick<Delivery, "priority" | "attempts">) {
  const delays = priority === deliveryPriorities.code ? CODE_DELAYS_SECONDS : OTHER_DELAYS_SECONDS;
  return delays[attempts - 1] ?? delays.at(-1) ?? 0;
}
