import { sql } from "drizzle-orm";
import { check, index, type PgTableFn, uniqueIndex, uuid, varchar } from "drizzle-orm/pg-core";
import { createdAt, instant, logId, oneOf } from "../columns.ts";
import { posternBinding } from "../postern-binding.ts";
import { deliveryChannels, suppressionReasons } from "./suppressions.ts";

/** What a provider can report of a message it took, from the lowest rank to the highest. */
export const receiptStatuses = [
  "sent",
  "undelivered",
  "delivered",
  "bounced",
  "complained",
] as const;

/**
 * What a provider said about a message, once each: the key makes a replay a row that is there
 * already. Written only where the provider proved itself.
 *
 * A receipt may come before the worker has written down the provider's id: until it found its row,
 * `appliedAt` is null, and the sweep looks again. `suppression` is set where the recipient must get
 * no more. It holds no address and no text of a message.
 */
export const defineDeliveryReceipts = <S extends string | undefined>(table: PgTableFn<S>) =>
  table(
    "delivery_receipts",
    {
      id: logId(),
      channel: varchar("channel", { length: 8, enum: deliveryChannels }).notNull(),
      provider: varchar("provider", { length: 32 }).notNull(),
      providerMessageId: varchar("provider_message_id", { length: 255 }).notNull(),
      /** Our own id of the row, where the receipt carries it. */
      deliveryId: uuid("delivery_id"),
      status: varchar("status", { length: 16, enum: receiptStatuses }).notNull(),
      errorCode: varchar("error_code", { length: 64 }),
      errorMessage: varchar("error_message", { length: 500 }),
      suppression: varchar("suppression", { length: 16, enum: suppressionReasons }),
      appliedAt: instant("applied_at"),
      createdAt: createdAt(),
    },
    (t) => [
      uniqueIndex("delivery_receipts_provider_key").on(t.provider, t.providerMessageId, t.status),
      // The sweep: receipts whose row was not there yet.
      index("delivery_receipts_unapplied").on(t.createdAt).where(sql`${t.appliedAt} is null`),
      // The history of a row.
      index("delivery_receipts_by_delivery")
        .on(t.deliveryId)
        .where(sql`${t.deliveryId} is not null`),
      // Stretches of time: what retention takes.
      index("delivery_receipts_created_brin").using("brin", t.createdAt),
      check("delivery_receipts_channel_is_known", oneOf(t.channel, deliveryChannels)),
      check("delivery_receipts_status_is_known", oneOf(t.status, receiptStatuses)),
      check("delivery_receipts_suppression_is_known", oneOf(t.suppression, suppressionReasons)),
    ],
  );

export const deliveryReceipts = defineDeliveryReceipts(posternBinding.table);
