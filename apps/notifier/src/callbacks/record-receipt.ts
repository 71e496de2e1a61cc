import { sql } from "drizzle-orm";
import { applyReceipts, within } from "../deliveries/apply-receipts.ts";
import type { Deps } from "../deps.ts";
import { statement } from "../statement.ts";
import type { Receipt } from "./receipt.ts";

const value = (name: string) => sql.placeholder(name);

const INSERT = statement<{ id: string }>(
  ({ deliveryReceipts }) => sql`
    insert into ${deliveryReceipts} (
      channel, provider, provider_message_id, delivery_id, status, error_code, error_message,
      suppression
    ) values (
      ${value("channel")}, ${value("provider")}, ${value("providerMessageId")},
      ${value("deliveryId")}::uuid, ${value("status")}, ${value("errorCode")},
      ${value("errorMessage")}, ${value("suppression")}
    )
    on conflict do nothing
    returning id`,
);

/**
 * What became of a receipt: it changed its row, its row is not there (yet), or it had come before.
 */
export type ReceiptEnd = "applied" | "waiting" | "repeated";

/** Keeps a receipt and brings it to its row, in one transaction. The same one twice is one. */
export async function recordReceipt(deps: Deps, receipt: Receipt): Promise<ReceiptEnd> {
  const end = await deps.db.transaction(async (tx): Promise<ReceiptEnd> => {
    const store = within(deps, tx);
    const [inserted] = await INSERT(store, receipt);
    if (!inserted) return "repeated";
    const found = await applyReceipts(store, receipt.channel, inserted.id);
    return found > 0 ? "applied" : "waiting";
  });
  deps.metrics.countReceipt({ provider: receipt.provider, status: receipt.status, end });
  return end;
}
