import { sql } from "drizzle-orm";
import type { Deps } from "../deps.ts";
import { statement } from "../statement.ts";
import type { Delivery } from "./delivery.ts";

const RELEASE = statement(
  ({ emailDeliveryLog: log }) => sql`
    update ${log}
    set status = 'retry', attempts = attempts - 1, lease_id = null, lease_expires_at = null
    where id = any(${sql.placeholder("ids")}::uuid[]) and status = 'sending'
      and lease_id = ${sql.placeholder("leaseId")}::uuid`,
);

/** Gives back rows that were claimed and not begun, as if nobody had claimed them. */
export async function release(deps: Deps, deliveries: readonly Delivery[]): Promise<void> {
  const [first] = deliveries;
  if (first) await RELEASE(deps, { ids: deliveries.map(({ id }) => id), leaseId: first.leaseId });
}
