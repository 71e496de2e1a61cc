import { sql } from "drizzle-orm";
import type { Deps } from "../deps.ts";
import { describeDevice } from "../devices/describe-device.ts";
import { isoTime } from "../iso-time.ts";
import { statement } from "../statement.ts";
import { cursorAfter, readCursor } from "./event-cursor.ts";

type Severity = "low" | "medium" | "high" | "critical";

export type OwnEvent = {
  id: string;
  type: string;
  severity: Severity;
  ipAddress: string | null;
  device: string | null;
  sessionId: string | null;
  at: string;
};

type Row = {
  id: string;
  event_type: string;
  severity: Severity;
  ip_address: string | null;
  user_agent: string | null;
  session_id: string | null;
  created_at: number;
  microseconds: string;
};

const p = sql.placeholder;

const list = statement<Row>(
  (t) => sql`
    select e.id::text as id, e.event_type, e.severity, host(e.ip_address) as ip_address, e.user_agent,
      e.session_id, extract(epoch from e.created_at)::float8 as created_at,
      (extract(epoch from e.created_at) * 1000000)::bigint::text as microseconds
    from ${t.securityEvents} e
    where e.user_id = ${p("userId")} and (${p("beforeId")}::bigint is null
      or (e.created_at, e.id) < (
        timestamptz 'epoch' + ${p("before")}::bigint * interval '1 microsecond', ${p("beforeId")}::bigint))
    order by e.created_at desc, e.id desc
    limit ${p("limit")}::int + 1`,
);

export type OwnEventsInput = { userId: string; limit: number; cursor: string | undefined };

/**
 * The caller's own security events, the newest first. `nextCursor` asks for those after them.
 * Metadata stays inside: it is written for operators.
 *
 * @throws Problem invalid_request for a cursor that is not ours.
 */
export async function listOwnEvents(
  deps: Deps,
  { userId, limit, cursor }: OwnEventsInput,
): Promise<{ events: OwnEvent[]; nextCursor: string | null }> {
  const rows = await list(deps, { userId, limit, ...readCursor(cursor) });
  const shown = rows.slice(0, limit);
  const last = rows.length > limit ? shown.at(-1) : undefined;
  return {
    events: shown.map((row) => ({
      id: row.id,
      type: row.event_type,
      severity: row.severity,
      ipAddress: row.ip_address,
      device: row.user_agent === null ? null : describeDevice({ userAgent: row.user_agent }).name,
      sessionId: row.session_id,
      at: isoTime(row.created_at),
    })),
    nextCursor: last ? cursorAfter(last) : null,
  };
}
