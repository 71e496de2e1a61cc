import { blindIndex, type DigestKeys } from "@postern/crypto";
import { type SQL, sql } from "drizzle-orm";
import type { PgTable } from "drizzle-orm/pg-core";
import type { MessageChannel } from "./messages.ts";

export type SuppressionReason = "hard_bounce" | "complaint" | "opt_out";

type Store = Readonly<{
  db: { execute(query: SQL): PromiseLike<unknown> };
  tables: { suppressions: PgTable };
  digestKeys: DigestKeys;
}>;

/** A normalised address or number on its channel. */
export type Recipient = Readonly<{ channel: MessageChannel; to: string }>;

/** As it stands in the log of the channel. */
export const recipientIndexOf = (keys: DigestKeys, { channel, to }: Recipient): string =>
  channel === "email"
    ? blindIndex(keys, "email_delivery_log.to_email_index", to)
    : blindIndex(keys, "sms_delivery_log.to_phone_index", to);

/** From now on the recipient gets nothing over this channel, until it is lifted. */
export async function suppressRecipient(
  { db, tables, digestKeys }: Store,
  recipient: Recipient,
  reason: SuppressionReason,
): Promise<void> {
  const index = recipientIndexOf(digestKeys, recipient);
  await db.execute(sql`
    insert into ${tables.suppressions} (channel, recipient_index, reason)
    values (${recipient.channel}, ${index}, ${reason}) on conflict do nothing`);
}

/** The recipient may get messages again. Only a given reason, where one is named; says whether. */
export async function liftSuppression(
  { db, tables, digestKeys }: Store,
  recipient: Recipient,
  reason?: SuppressionReason,
): Promise<boolean> {
  const index = recipientIndexOf(digestKeys, recipient);
  const lifted = await db.execute(sql`
    update ${tables.suppressions} set lifted_at = now()
    where channel = ${recipient.channel} and recipient_index = ${index} and lifted_at is null
      ${reason ? sql`and reason = ${reason}` : sql``}
    returning id`);
  return Array.isArray(lifted) && lifted.length > 0;
}
