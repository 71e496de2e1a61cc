import { sql } from "drizzle-orm";
import type { Deps } from "../deps.ts";
import { statement } from "../statement.ts";
import type { Delivery } from "./delivery.ts";

const p = sql.placeholder;

const BEGIN = statement<{ id: string }>(
  ({ smsDeliveryLog }) => sql`
    update ${smsDeliveryLog} set provider = ${p("provider")}
    where id = ${p("id")}::uuid and status = 'sending' and lease_id = ${p("leaseId")}::uuid
    returning id`,
);

/**
 * Writes down which provider a text is about to be offered to, so that no other's receipt is taken
 * for it. False where the lease is another worker's by now: the text is not ours to send.
 */
export async function beginText(
  deps: Deps,
  { id, leaseId }: Delivery,
  provider: string,
): Promise<boolean> {
  const rows = await BEGIN(deps, { id, leaseId, provider });
  return rows.length > 0;
}
