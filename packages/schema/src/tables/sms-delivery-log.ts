import { sql } from "drizzle-orm";
import { bigint, check, index, smallint, varchar } from "drizzle-orm/pg-core";
import { type Binding, userKey } from "../binding.ts";
import { blindIndex, userId } from "../columns.ts";
import { commonDeliveryStatuses, deliveryColumns, deliveryRules } from "../delivery-columns.ts";
import { posternBinding } from "../postern-binding.ts";
import type { UsersTable } from "../users-table.ts";

export const smsDeliveryStatuses = [...commonDeliveryStatuses, "undelivered"] as const;

/**
 * Every text message, from the moment it is asked for: the queue and its log in one row.
 *
 * As email_delivery_log, with `sent → undelivered` where the carrier says so, and with its cost in
 * millionths of `currency`, so that a month is a sum and not a string.
 */
export const defineSmsDeliveryLog = <U extends UsersTable, S extends string | undefined>({
  table,
  users,
}: Binding<U, S>) =>
  table(
    "sms_delivery_log",
    {
      ...deliveryColumns("sms_delivery_log"),
      userId: userId(users),
      toPhoneHint: varchar("to_phone_hint", { length: 32 }).notNull(),
      toPhoneIndex: blindIndex("to_phone_index").notNull(),
      status: varchar("status", { length: 16, enum: smsDeliveryStatuses })
        .notNull()
        .default("pending"),
      country: varchar("country", { length: 2 }).notNull(),
      segments: smallint("segments"),
      costMicros: bigint("cost_micros", { mode: "number" }),
      currency: varchar("currency", { length: 3 }),
    },
    (t) => [
      userKey("sms_delivery_log_user_fk", [t.userId, users], "set null"),
      ...deliveryRules(
        "sms_delivery_log",
        { ...t, recipientIndex: t.toPhoneIndex },
        smsDeliveryStatuses,
      ),
      // smsCostByMonthAndCountry reads nothing else.
      index("sms_delivery_log_costs")
        .on(t.country, t.currency, t.createdAt, t.costMicros)
        .where(sql`${t.costMicros} is not null`),
      check("sms_delivery_log_country_is_iso", sql`${t.country} ~ '^[A-Z]{2}$'`),
      check(
        "sms_delivery_log_cost_has_currency",
        sql`(${t.costMicros} is null) = (${t.currency} is null)`,
      ),
    ],
  );

export const smsDeliveryLog = defineSmsDeliveryLog(posternBinding);
