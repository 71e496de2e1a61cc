import { sql } from "drizzle-orm";
import type { Deps } from "../deps.ts";
import type { Delivery } from "./delivery.ts";
import { logStatement } from "./logs.ts";

const RELEASE = logStatement(
  ({ table }) => sql`
    update ${table}
    set status = 'retry', attempts = attempts - 1, lease_id = null, lease_expires_at = null
    where id = any(${sql.placeholder("ids")}::uuid[]) and status = 'sending'
      and lease_id = ${sql.placeholder("leaseId")}::uuid`,
);

/** Gives back rows that were claimed and not begun, as if nobody had claimed them. */
export async function release(deps: Deps, deliveries: readonly Delivery[]): Promise<void> {
  const [first] = deliveries;
  if (!first) return;
  const ids = deliveries.map(({ id }) => id);
  await RELEASE(deps, first.channel, { ids, leaseId: first.leaseId });
}
