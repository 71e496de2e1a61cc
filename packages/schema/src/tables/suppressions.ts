import { sql } from "drizzle-orm";
import { check, index, type PgTableFn, uniqueIndex, varchar } from "drizzle-orm/pg-core";
import { blindIndex, createdAt, instant, logId, oneOf } from "../columns.ts";
import { posternBinding } from "../postern-binding.ts";

/** How a message travels: the log it stands in. */
export const deliveryChannels = ["email", "sms"] as const;

export const suppressionReasons = ["hard_bounce", "complaint", "opt_out"] as const;

/**
 * Recipients that get no more messages over a channel: the mailbox is not there, somebody called
 * our mail spam, or answered STOP. At most one row of a recipient is in force; lifting it sets
 * `liftedAt` and keeps the row, so that one can see that it was.
 */
export const defineSuppressions = <S extends string | undefined>(table: PgTableFn<S>) =>
  table(
    "suppressions",
    {
      id: logId(),
      channel: varchar("channel", { length: 8, enum: deliveryChannels }).notNull(),
      /** As in the log of the channel. */
      recipientIndex: blindIndex("recipient_index").notNull(),
      reason: varchar("reason", { length: 16, enum: suppressionReasons }).notNull(),
      createdAt: createdAt(),
      liftedAt: instant("lifted_at"),
    },
    (t) => [
      uniqueIndex("suppressions_in_force_key")
        .on(t.channel, t.recipientIndex)
        .where(sql`${t.liftedAt} is null`),
      // "Where is my message": what was in force and when.
      index("suppressions_by_recipient").on(t.recipientIndex, t.createdAt),
      check("suppressions_channel_is_known", oneOf(t.channel, deliveryChannels)),
      check("suppressions_reason_is_known", oneOf(t.reason, suppressionReasons)),
    ],
  );

export const suppressions = defineSuppressions(posternBinding.table);
