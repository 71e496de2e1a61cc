import { sql } from "drizzle-orm";
import type { Deps } from "../deps.ts";
import { statement } from "../statement.ts";
import { EVENT_COLUMNS, type EventRow, type EventView, toEventView } from "./event-view.ts";

const p = sql.placeholder;

/** What Postern took for an attack by itself. */
const DETECTIONS = [
  "brute_force_detected",
  "credential_stuffing_detected",
  "password_spraying_detected",
  "impossible_travel",
  "sms_pumping_detected",
  "token_reuse_detected",
  "decrypt_failed",
];

// The newest of each type, along its index, and of those the newest.
const list = statement<EventRow>(
  (t) => sql`
    select e.* from unnest(${p("types")}::text[]) as wanted (type)
    cross join lateral (
      select ${EVENT_COLUMNS} from ${t.securityEvents} e where e.event_type = wanted.type
        and e.created_at >= now() - make_interval(hours => ${p("hours")}::int)
      order by e.created_at desc limit ${p("limit")}::int
    ) e
    order by e.created_at desc, e.id::bigint desc limit ${p("limit")}::int`,
);

/** The attacks that were noticed in the last hours, the newest first. */
export async function listDetections(
  deps: Deps,
  window: { hours: number; limit: number },
): Promise<EventView[]> {
  return (await list(deps, { ...window, types: DETECTIONS })).map(toEventView);
}
