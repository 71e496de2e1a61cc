import { randomUUIDv7 } from "node:crypto";
import { deliveryPriorities } from "@postern/schema";
import { sql } from "drizzle-orm";
import type { Deps } from "../deps.ts";
import { statement } from "../statement.ts";
import type { Delivery } from "./delivery.ts";

/** How many rows may be taken: `total` of all, of which `others` may be something else than a code. */
export type FreeSlots = Readonly<{ total: number; others: number }>;

/** An attempt ends after 20 s at the latest (channels/smtp.ts), well before another may begin. */
const LEASE_SECONDS = 30;

type Claimed = {
  id: string;
  template: string;
  locale: string;
  priority: number;
  sealed_payload: Delivery["sealedPayload"];
  attempts: number;
  seconds_left: number;
};

// Codes and others are sought apart, so that neither thousands of bulk rows nor slots full of them
// stand before a code (D2: p99 of a code 16 ms against 939 ms in one lane).
const CLAIM = statement<Claimed>(
  ({ emailDeliveryLog: log }) => sql`
    with codes as (
      select id from ${log}
      where status in ('pending', 'retry') and priority = ${sql.raw(`${deliveryPriorities.code}`)}
        and next_attempt_at <= now() and expires_at > now()
      order by next_attempt_at
      limit ${sql.placeholder("total")}::bigint
      for update skip locked
    ), others as (
      select id from ${log}
      where status in ('pending', 'retry') and priority > ${sql.raw(`${deliveryPriorities.code}`)}
        and next_attempt_at <= now() and expires_at > now()
      order by priority, next_attempt_at
      limit least(
        ${sql.placeholder("others")}::bigint,
        ${sql.placeholder("total")}::bigint - (select count(*) from codes)
      )
      for update skip locked
    )
    update ${log} as claimed
    set status = 'sending', attempts = attempts + 1, lease_id = ${sql.placeholder("leaseId")}::uuid,
        lease_expires_at = now() + make_interval(secs => ${sql.placeholder("leaseSeconds")}::float8)
    from (select id from codes union all select id from others) as due
    where claimed.id = due.id
    returning claimed.id, claimed.template, claimed.locale, claimed.priority, claimed.sealed_payload,
      claimed.attempts, extract(epoch from claimed.expires_at - now())::float8 as seconds_left`,
);

/**
 * Takes the rows that are due, codes first, the longest waiting first, never more than there are
 * free slots and never one past its end. Several workers take different rows: locked ones are
 * passed over.
 */
export async function claim(deps: Deps, free: FreeSlots): Promise<Delivery[]> {
  const leaseId = randomUUIDv7();
  const askedAt = deps.now().getTime();
  const rows = await CLAIM(deps, { ...free, leaseId, leaseSeconds: LEASE_SECONDS });
  const leaseEndsAt = new Date(askedAt + LEASE_SECONDS * 1_000);
  return rows
    .map(({ sealed_payload: sealedPayload, seconds_left: secondsLeft, ...row }) => ({
      ...row,
      sealedPayload,
      leaseId,
      leaseEndsAt,
      // From before the question: this clock then never believes in more life than there is.
      endsAt: new Date(askedAt + secondsLeft * 1_000),
    }))
    .sort((a, b) => a.priority - b.priority);
}
