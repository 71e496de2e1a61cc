import type { MessageChannel } from "@postern/messages";
import { sql } from "drizzle-orm";
import type { Deps } from "../deps.ts";
import { applyWaitingReceipts } from "./apply-receipts.ts";
import { channels, logStatement } from "./logs.ts";
import { LEASE_EXPIRED } from "./maybe-sent.ts";

/** Small, so that a sweep after a long stop locks few rows at a time. */
const BATCH_ROWS_MAX = 500;

type Swept = { template: string; status: string };

// A worker that died left these in `sending`. Locked rows are just being recorded or swept.
const TAKE_BACK = logStatement<Swept>(
  ({ table }) => sql`
    with lost as (
      select id from ${table}
      where status = 'sending' and lease_expires_at <= now()
      order by lease_expires_at
      limit ${sql.placeholder("rowsMax")}::bigint
      for update skip locked
    )
    update ${table} as delivery
    set status = case when expires_at <= now() then 'expired' else 'retry' end,
        sealed_payload = case when expires_at > now() then sealed_payload end,
        next_attempt_at = now(), error_code = ${LEASE_EXPIRED}, error_message = null,
        lease_id = null, lease_expires_at = null
    from lost where delivery.id = lost.id
    returning delivery.template, delivery.status`,
);

// A row in `sending` keeps its status: its worker holds the message in memory and will record it.
const EXPIRE = logStatement<Swept>(
  ({ table }) => sql`
    with ended as (
      select id from ${table}
      where sealed_payload is not null and expires_at <= now()
      order by expires_at
      limit ${sql.placeholder("rowsMax")}::bigint
      for update skip locked
    )
    update ${table} as delivery
    set status = case when status in ('pending', 'retry') then 'expired' else status end,
        sealed_payload = null
    from ended where delivery.id = ended.id
    returning delivery.template, delivery.status`,
);

const isEnded = ({ status }: Swept): boolean => status === "retry" || status === "expired";

/**
 * Puts right what nobody else will: rows whose worker died go back to `retry`, messages past their
 * end become `expired`, no payload outlives its end, and receipts that came before their row was
 * written down find it. Safe in several workers at once.
 */
export async function sweep(deps: Deps, stopping?: AbortSignal): Promise<void> {
  for (const channel of channels) {
    await sweepLog(deps, channel, { step: TAKE_BACK, stopping });
    await sweepLog(deps, channel, { step: EXPIRE, stopping });
    await applyWaitingReceipts(deps, channel);
  }
}

type Step = { step: typeof EXPIRE; stopping: AbortSignal | undefined };

async function sweepLog(deps: Deps, channel: MessageChannel, { step, stopping }: Step) {
  let swept: Swept[];
  do {
    swept = await step(deps, channel, { rowsMax: BATCH_ROWS_MAX });
    for (const end of swept.filter(isEnded)) deps.metrics.countDelivery({ channel, ...end });
  } while (swept.length === BATCH_ROWS_MAX && !stopping?.aborted);
}
