import type { DigestKeys } from "@postern/crypto";
import { type SQL, sql } from "drizzle-orm";
import type { PgTable } from "drizzle-orm/pg-core";
import { type Recipient, recipientIndexOf, type SuppressionReason } from "../suppress.ts";

/** What a provider said about a message, and when we heard it. */
export type HistoryReceipt = Readonly<{
  provider: string;
  status: string;
  errorCode: string | null;
  errorMessage: string | null;
  at: Date;
}>;

/** One row of a delivery log: a message, or the same one through another provider. */
export type HistoryRow = Readonly<{
  id: string;
  template: string;
  status: string;
  /** Masked. */
  hint: string;
  provider: string | null;
  providerMessageId: string | null;
  attempts: number;
  errorCode: string | null;
  errorMessage: string | null;
  challengeId: string | null;
  /** The first row of the same message; null on that row. */
  resendOf: string | null;
  createdAt: Date;
  nextAttemptAt: Date;
  expiresAt: Date;
  sentAt: Date | null;
  failedAt: Date | null;
  /** When the code was used. */
  consumedAt: Date | null;
  segments: number | null;
  costMicros: number | null;
  currency: string | null;
  receipts: readonly HistoryReceipt[];
}>;

export type History = Readonly<{
  /** The newest first. */
  rows: readonly HistoryRow[];
  /** Set where the recipient gets nothing now. */
  suppression: Readonly<{ reason: SuppressionReason; since: Date }> | null;
}>;

export type HistoryStore = Readonly<{
  /** Any Drizzle database on postgres.js. */
  db: { execute(query: SQL): PromiseLike<unknown> };
  tables: Readonly<
    Record<"emailDeliveryLog" | "smsDeliveryLog" | "deliveryReceipts" | "suppressions", PgTable>
  >;
  digestKeys: DigestKeys;
}>;

const ROWS_MAX = 50;

/**
 * Everything that went to a recipient over a channel in the time that logs are kept, found by the
 * blind index: the address itself stands in no log. At most 50 rows.
 */
export async function findHistory(
  { db, tables, digestKeys }: HistoryStore,
  recipient: Recipient,
): Promise<History> {
  const index = recipientIndexOf(digestKeys, recipient);
  const found = (await db.execute(rowsQuery(tables, recipient, index))) as { row: Stored }[];
  const inForce = (await db.execute(sql`
    select reason, extract(epoch from created_at) * 1000 as since from ${tables.suppressions}
    where channel = ${recipient.channel} and recipient_index = ${index} and lifted_at is null
  `)) as { reason: SuppressionReason; since: string }[];
  const [suppression] = inForce;
  return {
    rows: found.map(({ row }) => toRow(row)),
    suppression: suppression
      ? { reason: suppression.reason, since: new Date(Number(suppression.since)) }
      : null,
  };
}

// As JSON, where both logs have one shape and every time is ISO 8601.
function rowsQuery(tables: HistoryStore["tables"], { channel }: Recipient, index: string): SQL {
  const isSms = channel === "sms";
  const log = isSms ? tables.smsDeliveryLog : tables.emailDeliveryLog;
  const recipient = sql.raw(isSms ? "to_phone_index" : "to_email_index");
  const hint = sql.raw(isSms ? "to_phone_hint" : "to_email_hint");
  return sql`
    select to_jsonb(d) - 'sealed_payload' || jsonb_build_object(
      'hint', ${hint}, 'receipts', (
        select coalesce(jsonb_agg(to_jsonb(r) order by r.created_at, r.id), '[]')
        from ${tables.deliveryReceipts} as r
        where r.delivery_id = d.id or r.delivery_id is null
          and r.provider = d.provider and r.provider_message_id = d.provider_message_id
      )) as row
    from ${log} as d
    where ${recipient} = ${index}
    order by created_at desc
    limit ${sql.raw(`${ROWS_MAX}`)}`;
}

type StoredReceipt = {
  provider: string;
  status: string;
  error_code: string | null;
  error_message: string | null;
  created_at: string;
};

type Stored = {
  id: string;
  template: string;
  status: string;
  hint: string;
  provider: string | null;
  provider_message_id: string | null;
  attempts: number;
  error_code: string | null;
  error_message: string | null;
  challenge_id: string | null;
  resend_of: string | null;
  created_at: string;
  next_attempt_at: string;
  expires_at: string;
  sent_at: string | null;
  failed_at: string | null;
  consumed_at: string | null;
  segments?: number | null;
  cost_micros?: number | null;
  currency?: string | null;
  receipts: readonly StoredReceipt[];
};

const toRow = (row: Stored): HistoryRow => ({
  id: row.id,
  template: row.template,
  status: row.status,
  hint: row.hint,
  provider: row.provider,
  providerMessageId: row.provider_message_id,
  attempts: row.attempts,
  errorCode: row.error_code,
  errorMessage: row.error_message,
  challengeId: row.challenge_id,
  resendOf: row.resend_of,
  createdAt: new Date(row.created_at),
  nextAttemptAt: new Date(row.next_attempt_at),
  expiresAt: new Date(row.expires_at),
  sentAt: dateOf(row.sent_at),
  failedAt: dateOf(row.failed_at),
  consumedAt: dateOf(row.consumed_at),
  segments: row.segments ?? null,
  costMicros: row.cost_micros ?? null,
  currency: row.currency ?? null,
  receipts: row.receipts.map(toReceipt),
});

const toReceipt = (receipt: StoredReceipt): HistoryReceipt => ({
  provider: receipt.provider,
  status: receipt.status,
  errorCode: receipt.error_code,
  errorMessage: receipt.error_message,
  at: new Date(receipt.created_at),
});

const dateOf = (text: string | null): Date | null => (text === null ? null : new Date(text));
