import { varchar } from "drizzle-orm/pg-core";
import { type Binding, userKey } from "../binding.ts";
import { blindIndex, userId } from "../columns.ts";
import { commonDeliveryStatuses, deliveryColumns, deliveryRules } from "../delivery-columns.ts";
import { posternBinding } from "../postern-binding.ts";
import type { UsersTable } from "../users-table.ts";

export const emailDeliveryStatuses = [...commonDeliveryStatuses, "bounced", "complained"] as const;

/**
 * Every email, from the moment it is asked for: the queue and its log in one row.
 *
 * `pending → sending → sent → delivered`; `sending → retry → sending`; `sending → failed`;
 * `pending|retry → expired` (a dead code is never sent) or `suppressed`; `sent → bounced` or
 * `complained`. A resend or a fail-over is a new row with the same `challengeId` that points at
 * the first by `resendOf`; `consumedAt` on the first is set once, when the code is used, and
 * `revokedAt` where it ended unused.
 */
export const defineEmailDeliveryLog = <U extends UsersTable, S extends string | undefined>({
  table,
  users,
}: Binding<U, S>) =>
  table(
    "email_delivery_log",
    {
      ...deliveryColumns("email_delivery_log"),
      userId: userId(users),
      toEmailHint: varchar("to_email_hint", { length: 260 }).notNull(),
      toEmailIndex: blindIndex("to_email_index").notNull(),
      status: varchar("status", { length: 16, enum: emailDeliveryStatuses })
        .notNull()
        .default("pending"),
    },
    (t) => [
      userKey("email_delivery_log_user_fk", [t.userId, users], "set null"),
      ...deliveryRules(
        "email_delivery_log",
        { ...t, recipientIndex: t.toEmailIndex },
        emailDeliveryStatuses,
      ),
    ],
  );

export const emailDeliveryLog = defineEmailDeliveryLog(posternBinding);
