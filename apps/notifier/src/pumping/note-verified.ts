import { noteVerifiedSend } from "@postern/counters";
import { sql } from "drizzle-orm";
import type { Deps } from "../deps.ts";
import { statement } from "../statement.ts";

// A code lives for ten minutes at most, so what was just verified was queued not long ago.
const FIND_VERIFIED = statement<{ id: string }>(
  ({ smsDeliveryLog: log }) => sql`
    select id from ${log}
    where provider is not null and created_at > now() - interval '20 minutes'
      and consumed_at > now() - interval '2 minutes'`,
);

/**
 * Tells the counters which codes were verified just now, from the rows that say so: people who got
 * their codes are no pumping. Looked at often, and each counted once. Returns how many were new.
 */
export async function noteVerified(
  deps: Pick<Deps, "db" | "tables" | "counters">,
): Promise<number> {
  const { counters } = deps;
  if (!counters || counters.state() === "away") return 0;
  const verified = await FIND_VERIFIED(deps);
  const notes = await Promise.all(verified.map(({ id }) => noteVerifiedSend(counters, id)));
  return notes.filter(Boolean).length;
}
