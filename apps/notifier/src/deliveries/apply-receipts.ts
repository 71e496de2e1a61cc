import {
  DELIVERY_CHANNEL,
  type MessageChannel,
  resealMessage,
  type SealedRow,
} from "@postern/messages";
import { receiptStatuses } from "@postern/schema";
import { type SQL, sql } from "drizzle-orm";
import { UNKNOWN_MAIL_PROVIDER } from "../channels/mail-provider.ts";
import type { Deps } from "../deps.ts";
import { failOverRows } from "./fail-over.ts";
import { logStatement } from "./logs.ts";
import { maybeSentMark } from "./maybe-sent.ts";

const RECEIPTS_MAX = 500;

type Applied = {
  id: string;
  template: string;
  status: string;
  seconds: number;
  /** Set where the message came to nothing and the next provider may still deliver it in time. */
  sealed_payload: SealedRow["sealedPayload"];
  country: string | null;
  provider: string | null;
  mark: string | null;
};

const ranks = sql.raw(`array['${receiptStatuses.join("', '")}']`);

/**
 * A provider is believed of the rows that it sent, and of no other's. A text names its provider
 * before it is offered. A mail whose attempt is not written down yet goes to this process's
 * provider, and one that went to a server of unknown make may have come to any that reports.
 */
const SENT_BY_REPORTER: Record<MessageChannel, SQL> = {
  sms: sql`delivery.provider = waiting.provider`,
  email: sql`coalesce(delivery.provider, ${sql.placeholder("mailProvider")}::text)
    in (waiting.provider, ${sql.raw(`'${UNKNOWN_MAIL_PROVIDER}'`)})`,
};

// The rows are locked first, in one order, so that receipts of one message wait for each other and
// those of several never for each other in a circle. The highest rank wins; a lower one changes
// nothing, which the trigger on the log holds against every other writer too.
const applyThose = (which: SQL) =>
  logStatement<Applied>(
    ({ table, channel, recipientIndex }, { deliveryReceipts: receipts, suppressions }) => sql`
    with waiting as (
      select * from ${receipts}
      where channel = ${sql.raw(`'${channel}'`)} and applied_at is null and ${which}
      order by created_at desc
      limit ${sql.raw(`${RECEIPTS_MAX}`)}
    ), found as (
      select waiting.*, delivery.id as row_id from waiting
        join ${table} as delivery on delivery.id = waiting.delivery_id
          and ${SENT_BY_REPORTER[channel]}
      union all
      select waiting.*, delivery.id as row_id from waiting
        join ${table} as delivery on delivery.provider = waiting.provider
          and delivery.provider_message_id = waiting.provider_message_id
      where waiting.delivery_id is null
    ), locked as (
      select delivery.* from ${table} as delivery
      where delivery.id in (select row_id from found)
      order by delivery.id
      for update
    ), best as (
      select distinct on (row_id) found.*, array_position(${ranks}, found.status::text) as rank
      from found
      order by row_id, rank desc
    ), applied as (
      update ${table} as delivery
      set status = best.status,
          provider = coalesce(delivery.provider, best.provider),
          provider_message_id = coalesce(delivery.provider_message_id, best.provider_message_id),
          sent_at = coalesce(delivery.sent_at, now()),
          delivered_at = case
            when best.status = 'delivered' then now() else delivery.delivered_at
          end,
          failed_at = case
            when best.status in ('undelivered', 'bounced') then now() else delivery.failed_at
          end,
          error_code = coalesce(best.error_code, ${maybeSentMark("delivery")}),
          error_message = best.error_message,
          lease_id = null, lease_expires_at = null
      from best join locked on locked.id = best.row_id
      where delivery.id = best.row_id
        and delivery.status not in ('pending', 'failed', 'expired', 'suppressed')
        and best.rank >= coalesce(array_position(${ranks}, delivery.status::text), 0)
      returning delivery.id, delivery.template, delivery.status, delivery.provider,
        delivery.expires_at, delivery.challenge_id, delivery.created_at
    ), suppressed as (
      insert into ${suppressions} (channel, recipient_index, reason)
      select ${sql.raw(`'${channel}'`)}, ${recipientIndex}, found.suppression
      from found join locked on locked.id = found.row_id
      where found.suppression is not null
      on conflict do nothing
    ), done as (
      update ${receipts} set applied_at = now() where id in (select id from found)
    )
    select applied.id, applied.template, applied.status, applied.provider,
      ${maybeSentMark("locked")} as mark,
      ${channel === "sms" ? sql`locked.country` : sql`null as country`},
      extract(epoch from now() - applied.created_at)::float8 as seconds,
      case
        when applied.status = 'undelivered' and applied.expires_at > now() and not exists (
          select from ${table} as head
          where head.challenge_id = applied.challenge_id and head.consumed_at is not null
        ) then locked.sealed_payload
      end as sealed_payload
    from applied join locked using (id)`,
  );

const APPLY_ONE = applyThose(sql`id = ${sql.placeholder("id")}::bigint`);
const APPLY_WAITING = applyThose(sql`created_at > now() - interval '1 day'`);

const SUCCESSOR = sql`
  select ${sql.placeholder("id")}::uuid as id, ${sql.placeholder("failOverId")}::uuid as fail_over_id,
    ${sql.placeholder("failOverPayload")}::text as fail_over_payload,
    ${sql.placeholder("failOverProvider")}::text as fail_over_provider,
    ${sql.placeholder("mark")}::text as mark`;

const FAIL_OVER = logStatement(
  (log) => sql`
    with failed_over as (${failOverRows(log, SUCCESSOR)})
    select pg_notify(${DELIVERY_CHANNEL}, '') from failed_over`,
);

/**
 * Brings receipts to their rows: the one, or without an id all of the last day that found none yet.
 * A text message that its carrier gave up goes to the next provider, in the same transaction.
 * Returns how many rows changed.
 */
export async function applyReceipts(
  deps: Deps,
  channel: MessageChannel,
  id: string | null = null,
): Promise<number> {
  const mailProvider = deps.email.provider;
  const applied = await (id === null
    ? APPLY_WAITING(deps, channel, { mailProvider })
    : APPLY_ONE(deps, channel, { id, mailProvider }));
  for (const row of applied) {
    deps.metrics.countDelivery({ channel, template: row.template, status: row.status });
    if (channel === "sms") await failOver(deps, row);
  }
  return applied.length;
}

/** What the sweep does: receipts that came before the worker had written down its provider's id. */
export const applyWaitingReceipts = (deps: Deps, channel: MessageChannel): Promise<number> =>
  deps.db.transaction((tx) => applyReceipts(within(deps, tx), channel));

/** The same dependencies inside a transaction. */
export const within = (
  deps: Deps,
  tx: Parameters<Parameters<Deps["db"]["transaction"]>[0]>[0],
) => ({
  ...deps,
  db: tx as unknown as Deps["db"],
});

async function failOver(deps: Deps, row: Applied): Promise<void> {
  const { id, template, country, provider, mark, sealed_payload: sealedPayload } = row;
  const next = provider && deps.sms.after(country ?? "", provider);
  if (!next || sealedPayload === null) return;
  const { id: failOverId, sealedPayload: failOverPayload } = resealMessage(deps, {
    id,
    template,
    sealedPayload,
  });
  await FAIL_OVER(deps, "sms", {
    id,
    failOverId,
    failOverPayload,
    failOverProvider: next,
    mark,
  });
}
