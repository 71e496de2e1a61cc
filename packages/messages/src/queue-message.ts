import { type SQL, sql } from "drizzle-orm";
import type { AnyPgColumn, PgTable } from "drizzle-orm/pg-core";
import { DELIVERY_CHANNEL } from "./delivery-channel.ts";
import type { Message } from "./messages.ts";
import { type MessageKeys, type SealedDelivery, sealMessage } from "./seal-message.ts";

/** A delivery log as bound to any users table in any PostgreSQL schema. */
export type DeliveryLog = PgTable & { readonly userId: AnyPgColumn };

/** Any Drizzle database or transaction on PostgreSQL. */
export type Transaction = { execute(query: SQL): PromiseLike<unknown> };

export type DeliveryLogs<T extends DeliveryLog> = Readonly<{
  emailDeliveryLog: T;
  smsDeliveryLog: DeliveryLog;
}>;

export type QueueDeps<T extends DeliveryLog> = MessageKeys & { readonly tables: DeliveryLogs<T> };

export type QueuedMessage<T extends DeliveryLog> = Message & {
  /** Whom the message is about, in the type of the users table; null where there is no account. */
  userId: T["userId"]["_"]["data"] | null;
};

/**
 * Queues a message inside the caller's transaction, in the log of its channel, and wakes the worker
 * when that commits: the row is the queue (D2). Row and notification are one statement, 1.8 times as
 * fast as two. Its end is the database's `now()` plus its life.
 *
 * Returns the row as inserted. Throws what `sealMessage` throws, and the database's errors.
 */
export async function queueMessage<T extends DeliveryLog>(
  tx: Transaction,
  { tables, ...keys }: QueueDeps<T>,
  { userId, ...message }: QueuedMessage<T>,
): Promise<SealedDelivery> {
  const delivery = sealMessage(keys, message);
  await tx.execute(sql`
    with queued as (${insertInto(tables, delivery, userId)} returning id)
    select pg_notify(${DELIVERY_CHANNEL}, '') from queued`);
  return delivery;
}

function insertInto<T extends DeliveryLog>(
  tables: DeliveryLogs<T>,
  delivery: SealedDelivery,
  userId: unknown,
): SQL {
  const isSms = delivery.channel === "sms";
  const log = isSms ? tables.smsDeliveryLog : tables.emailDeliveryLog;
  const recipient = isSms ? sql`to_phone_hint, to_phone_index` : sql`to_email_hint, to_email_index`;
  return sql`
    insert into ${log} (
      id, user_id, template, locale, priority, ${recipient}, challenge_id, resend_of,
      sealed_payload, expires_at${isSms ? sql`, country` : sql``}
    ) values (
      ${delivery.id}, ${sql.param(userId, log.userId)}, ${delivery.template}, ${delivery.locale},
      ${delivery.priority}, ${delivery.recipientHint}, ${delivery.recipientIndex},
      ${delivery.challengeId}, ${delivery.resendOf}, ${delivery.sealedPayload},
      now() + make_interval(secs => ${delivery.lifeSeconds})${isSms ? sql`, ${delivery.country}` : sql``}
    )`;
}
