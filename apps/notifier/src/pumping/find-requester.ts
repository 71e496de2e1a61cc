import { sql } from "drizzle-orm";
import type { Deps } from "../deps.ts";
import { statement } from "../statement.ts";

export type Requester = {
  /** The row that the message's code was first queued in; repeats and fail-overs are the same send. */
  head_id: string;
  /** The network address that asked for it, an IPv6 one by its /64; null where none did. */
  network: string | null;
};

// The event that says that a code was asked for has the very time of its row: one transaction. So
// the index by type and time leads to it.
const FIND = statement<Requester>(
  ({ smsDeliveryLog: log, securityEvents: events }) => sql`
    select coalesce(d.resend_of, d.id) as head_id,
      case family(e.ip_address)
        when 6 then network(set_masklen(e.ip_address, 64))::text
        else host(e.ip_address)
      end as network
    from ${log} d left join ${events} e on e.event_type = 'otp_sent'
      and e.created_at = d.created_at and e.metadata->>'delivery_id' = d.id::text
    where d.id = ${sql.placeholder("id")}::uuid`,
);

export async function findRequester(
  deps: Pick<Deps, "db" | "tables">,
  id: string,
): Promise<Requester> {
  const [requester] = await FIND(deps, { id });
  return requester ?? { head_id: id, network: null };
}
