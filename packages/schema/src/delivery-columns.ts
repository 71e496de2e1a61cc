import { sql } from "drizzle-orm";
import {
  check,
  type ExtraConfigColumn,
  index,
  integer,
  smallint,
  uniqueIndex,
  uuid,
  varchar,
} from "drizzle-orm/pg-core";
import { createdAt, id, instant, isSealed, oneOf, sealed } from "./columns.ts";

/** A row that a worker may still act on. */
const liveDeliveryStatuses = ["pending", "sending", "retry", "sent"] as const;

/** What both delivery logs can become. Each adds what only its carrier can report. */
export const commonDeliveryStatuses = [
  ...liveDeliveryStatuses,
  "delivered",
  "failed",
  "expired",
  "suppressed",
] as const;

/** Lower goes first; codes have slots of their own at the worker. */
export const deliveryPriorities = { code: 1, notice: 2, bulk: 3 } as const;

/**
 * The columns that both delivery logs share. The row is the queue and the log at once: no message
 * body, no code and no full address is ever in it. `sealedPayload` holds the recipient, the seed
 * of the code and the variables, and is gone once the status is final.
 */
export const deliveryColumns = <Table extends string>(table: Table) => ({
  id: id(),
  template: varchar("template", { length: 64 }).notNull(),
  locale: varchar("locale", { length: 16 }).notNull().default("en"),
  priority: smallint("priority").notNull().default(deliveryPriorities.notice),
  provider: varchar("provider", { length: 32 }),
  providerMessageId: varchar("provider_message_id", { length: 255 }),
  attempts: integer("attempts").notNull().default(0),
  nextAttemptAt: instant("next_attempt_at").notNull().defaultNow(),
  leaseId: uuid("lease_id"),
  leaseExpiresAt: instant("lease_expires_at"),
  errorCode: varchar("error_code", { length: 64 }),
  errorMessage: varchar("error_message", { length: 500 }),
  challengeId: varchar("challenge_id", { length: 64 }),
  consumedAt: instant("consumed_at"),
  /** The code ended unused: by a change of what it proves, or of the account. */
  revokedAt: instant("revoked_at"),
  resendOf: uuid("resend_of"),
  sealedPayload: sealed(table, "sealed_payload"),
  expiresAt: instant("expires_at").notNull(),
  createdAt: createdAt(),
  sentAt: instant("sent_at"),
  deliveredAt: instant("delivered_at"),
  failedAt: instant("failed_at"),
});

type DeliveryTable = Record<
  keyof ReturnType<typeof deliveryColumns> | "status" | "userId" | "recipientIndex",
  ExtraConfigColumn
>;

/** The invariants and indexes that both delivery logs share, under the log's own name. */
export function deliveryRules(name: string, t: DeliveryTable, statuses: readonly string[]) {
  const isLive = oneOf(t.status, liveDeliveryStatuses);
  return [
    check(`${name}_status_is_known`, oneOf(t.status, statuses)),
    check(`${name}_payload_is_sealed`, isSealed(t.sealedPayload)),
    check(`${name}_final_keeps_no_payload`, sql`${t.sealedPayload} is null or ${isLive}`),
    check(
      `${name}_lease_while_sending`,
      sql`(${t.status} = 'sending') = (${t.leaseId} is not null) and (${t.leaseId} is null) = (${t.leaseExpiresAt} is null)`,
    ),
    check(`${name}_sent_has_time`, sql`${t.status} <> 'sent' or ${t.sentAt} is not null`),
    check(
      `${name}_delivered_has_time`,
      sql`${t.status} <> 'delivered' or ${t.deliveredAt} is not null`,
    ),
    check(`${name}_failed_has_time`, sql`${t.status} <> 'failed' or ${t.failedAt} is not null`),
    check(`${name}_attempts_count_up`, sql`${t.attempts} >= 0`),
    // The worker's next claim, in its order.
    index(`${name}_to_claim`)
      .on(t.priority, t.nextAttemptAt)
      .where(sql`${t.status} in ('pending', 'retry')`),
    // The sweep: leases to take back, and payloads past their time.
    index(`${name}_leased`).on(t.leaseExpiresAt).where(sql`${t.status} = 'sending'`),
    index(`${name}_payload_ends`).on(t.expiresAt).where(sql`${t.sealedPayload} is not null`),
    // One head per challenge: consuming a code is an UPDATE of this row, so it succeeds once.
    uniqueIndex(`${name}_challenge_key`)
      .on(t.challengeId)
      .where(sql`${t.challengeId} is not null and ${t.resendOf} is null`),
    // "Was my code delivered?": the newest of a challenge's rows.
    index(`${name}_by_challenge`).on(t.challengeId).where(sql`${t.challengeId} is not null`),
    // What went to one address, and whether it bounced before.
    index(`${name}_by_recipient`).on(t.recipientIndex, t.createdAt),
    // What was sent about an account, and the foreign key when one is erased.
    index(`${name}_by_user`).on(t.userId, t.createdAt),
    // A receipt finds its row.
    uniqueIndex(`${name}_provider_message_key`)
      .on(t.provider, t.providerMessageId)
      .where(sql`${t.providerMessageId} is not null`),
    // deliverySuccessByProvider reads nothing else. A row enters when a provider has been chosen.
    index(`${name}_by_provider`)
      .on(t.createdAt, t.provider, t.status)
      .where(sql`${t.provider} is not null`),
    // Stretches of time: what retention takes.
    index(`${name}_created_brin`).using("brin", t.createdAt),
  ];
}
