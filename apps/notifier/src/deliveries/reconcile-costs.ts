import { sql } from "drizzle-orm";
import { settleMoney } from "../budget/hold-money.ts";
import type { Cost } from "../channels/channel.ts";
import type { Deps } from "../deps.ts";
import { statement } from "../statement.ts";

const ROWS_MAX = 50;

type Unpriced = { id: string; provider: string; provider_message_id: string };

// `next_attempt_at` of a sent row says when to ask again, so several workers ask once.
const CLAIM_UNPRICED = statement<Unpriced>(
  ({ smsDeliveryLog: log }) => sql`
    with due as (
      select id from ${log}
      where provider = any(${sql.placeholder("providers")}::text[])
        and provider_message_id is not null and cost_micros is null
        and status in ('sent', 'delivered', 'undelivered')
        and created_at > now() - interval '2 days'
        and sent_at < now() - interval '30 seconds' and next_attempt_at <= now()
      order by created_at
      limit ${sql.raw(`${ROWS_MAX}`)}
      for update skip locked
    )
    update ${log} as delivery set next_attempt_at = now() + interval '10 minutes'
    from due where delivery.id = due.id
    returning delivery.id, delivery.provider, delivery.provider_message_id`,
);

type Priced = { country: string; segments: number | null; day: string };

const SET_COST = statement<Priced>(
  ({ smsDeliveryLog: log }) => sql`
    update ${log}
    set cost_micros = ${sql.placeholder("micros")}::bigint,
        currency = ${sql.placeholder("currency")}::text
    where id = ${sql.placeholder("id")}::uuid and cost_micros is null
    returning country, segments, to_char(sent_at at time zone 'UTC', 'YYYY-MM-DD') as day`,
);

/**
 * Asks providers that tell the price later what messages cost, and puts that in the place of what the
 * budget holds for them. Returns how many it learned.
 */
export async function reconcileCosts(deps: Deps): Promise<number> {
  const { lookUps } = deps.sms;
  if (lookUps.size === 0) return 0;
  const unpriced = await CLAIM_UNPRICED(deps, { providers: [...lookUps.keys()] });
  let learned = 0;
  for (const { id, provider, provider_message_id: messageId } of unpriced) {
    const cost = await lookUp(deps, provider, messageId);
    if (!cost) continue;
    const [priced] = await SET_COST(deps, { id, ...cost });
    if (!priced) continue;
    const { day, country, segments } = priced;
    const text = { deliveryId: id, provider, country, segments: segments ?? 1 };
    await settleMoney(deps, { day, currency: cost.currency, text }, cost);
    learned += 1;
  }
  return learned;
}

/** Null where it is not known yet; what fails is asked again in ten minutes. */
async function lookUp(deps: Deps, provider: string, messageId: string): Promise<Cost | null> {
  try {
    return (await deps.sms.lookUps.get(provider)?.(messageId)) ?? null;
  } catch (error) {
    deps.log.warn({ provider, errorCode: (error as { code?: unknown }).code }, "no price");
    return null;
  }
}
