import type { MessageChannel } from "@postern/messages";
import { sql } from "drizzle-orm";
import type { Deps } from "../deps.ts";
import type { Delivery } from "./delivery.ts";
import { logStatement } from "./logs.ts";

const RELEASE = logStatement(
  ({ table }) => sql`
    update ${table}
    set status = 'retry', attempts = attempts - 1, lease_id = null, lease_expires_at = null
    where status = 'sending' and (id, lease_id) in (
      select * from unnest(${sql.placeholder("ids")}::uuid[], ${sql.placeholder("leaseIds")}::uuid[])
    )`,
);

/** Gives back rows that were claimed and not begun, as if nobody had claimed them. */
export async function release(
  deps: Pick<Deps, "db" | "tables">,
  channel: MessageChannel,
  deliveries: readonly Delivery[],
): Promise<void> {
  if (deliveries.length === 0) return;
  const ids = deliveries.map(({ id }) => id);
  const leaseIds = deliveries.map(({ leaseId }) => leaseId);
  await RELEASE(deps, channel, { ids, leaseIds });
}
