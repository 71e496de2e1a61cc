import { randomUUIDv7 } from "node:crypto";
import type { MessageChannel } from "@postern/messages";
import { deliveryPriorities } from "@postern/schema";
import { sql } from "drizzle-orm";
import type { Deps } from "../deps.ts";
import { type Delivery, isCode } from "./delivery.ts";
import { logStatement } from "./logs.ts";

/** How many rows may be taken: codes, and others. */
export type Room = Readonly<{ codes: number; others: number }>;

/** An attempt ends after 20 s at the latest (channels/smtp.ts), well before another may begin. */
const LEASE_SECONDS = 30;

type Claimed = {
  id: string;
  template: string;
  locale: string;
  priority: number;
  sealed_payload: Delivery["sealedPayload"];
  attempts: number;
  country: string | null;
  provider: string | null;
  status: string;
  seconds_left: number;
};

// Codes and others are sought apart, so that neither thousands of bulk rows nor slots full of them
// stand before a code (D2: p99 of a code 16 ms against 939 ms in one lane). A recipient who is on
// the list of suppressions gets nothing: the row ends here, before anything was sent.
const CLAIM = logStatement<Claimed>(
  ({ table, channel, recipientIndex }, { suppressions }) => sql`
    with codes as (
      select id, ${recipientIndex} as recipient from ${table}
      where status in ('pending', 'retry') and priority = ${sql.raw(`${deliveryPriorities.code}`)}
        and next_attempt_at <= now() and expires_at > now()
      order by next_attempt_at
      limit ${sql.placeholder("codes")}::bigint
      for update skip locked
    ), others as (
      select id, ${recipientIndex} as recipient from ${table}
      where status in ('pending', 'retry') and priority > ${sql.raw(`${deliveryPriorities.code}`)}
        and next_attempt_at <= now() and expires_at > now()
      order by priority, next_attempt_at
      limit ${sql.placeholder("others")}::bigint
      for update skip locked
    ), due as (
      select found.id, (
        select reason from ${suppressions}
        where channel = ${sql.raw(`'${channel}'`)} and recipient_index = found.recipient
          and lifted_at is null
      ) as suppressed_as
      from (select * from codes union all select * from others) as found
    )
    update ${table} as claimed
    set status = case when suppressed_as is null then 'sending' else 'suppressed' end,
        attempts = case when suppressed_as is null then attempts + 1 else attempts end,
        error_code = coalesce(suppressed_as, error_code),
        lease_id = case
          when suppressed_as is null then ${sql.placeholder("leaseId")}::uuid
        end,
        lease_expires_at = case
          when suppressed_as is null
          then now() + make_interval(secs => ${sql.placeholder("leaseSeconds")}::float8)
        end
    from due
    where claimed.id = due.id
    returning claimed.id, claimed.template, claimed.locale, claimed.priority, claimed.sealed_payload,
      claimed.attempts, claimed.provider, claimed.status,
      ${channel === "sms" ? sql`claimed.country` : sql`null as country`},
      extract(epoch from claimed.expires_at - now())::float8 as seconds_left`,
);

export type Claim = Readonly<{
  deliveries: Delivery[];
  /** As many were found as there was room for: more may wait. */
  isFull: Readonly<{ codes: boolean; others: boolean }>;
}>;

/**
 * Takes the rows that are due, the longest waiting first, never more than there is room for and never
 * one past its end. Several workers take different rows: locked ones are
 * passed over.
 */
export async function claim(deps: Deps, channel: MessageChannel, room: Room): Promise<Claim> {
  const leaseId = randomUUIDv7();
  const askedAt = deps.now().getTime();
  const rows = await CLAIM(deps, channel, { ...room, leaseId, leaseSeconds: LEASE_SECONDS });
  const leaseEndsAt = new Date(askedAt + LEASE_SECONDS * 1_000);
  for (const { template, status } of rows.filter(isSuppressed)) {
    deps.metrics.countDelivery({ channel, template, status });
  }
  const deliveries = rows
    .filter((row) => !isSuppressed(row))
    .map(({ sealed_payload: sealedPayload, seconds_left: secondsLeft, status: _, ...row }) => ({
      ...row,
      channel,
      sealedPayload,
      leaseId,
      leaseEndsAt,
      // From before the question: this clock then never believes in more life than there is.
      endsAt: new Date(askedAt + secondsLeft * 1_000),
    }));
  const codes = rows.filter(isCode).length;
  const isFull = { codes: codes >= room.codes, others: rows.length - codes >= room.others };
  return { deliveries, isFull };
}

const isSuppressed = ({ status }: Claimed): boolean => status === "suppressed";
