import { type SQL, sql } from "drizzle-orm";
import { isoTime } from "../iso-time.ts";
import type { UserId } from "../tables.ts";

/** A security event as operators read it: the whole address, and what its writer noted. */
export type EventView = {
  id: string;
  type: string;
  severity: "low" | "medium" | "high" | "critical";
  userId: string | null;
  sessionId: string | null;
  ipAddress: string | null;
  userAgent: string | null;
  metadata: Record<string, unknown>;
  at: string;
};

export type EventRow = {
  id: string;
  event_type: string;
  severity: EventView["severity"];
  user_id: UserId | null;
  session_id: string | null;
  ip_address: string | null;
  user_agent: string | null;
  metadata: Record<string, unknown>;
  created_at: number;
  microseconds: string;
};

/** The select list that makes an EventRow, for statements in which the events are `e`. */
export const EVENT_COLUMNS: SQL = sql`e.id::text as id, e.event_type, e.severity, e.user_id,
  e.session_id, host(e.ip_address) as ip_address, e.user_agent, e.metadata,
  extract(epoch from e.created_at)::float8 as created_at,
  (extract(epoch from e.created_at) * 1000000)::bigint::text as microseconds`;

export const toEventView = (row: EventRow): EventView => ({
  id: row.id,
  type: row.event_type,
  severity: row.severity,
  userId: row.user_id === null ? null : String(row.user_id),
  sessionId: row.session_id,
  ipAddress: row.ip_address,
  userAgent: row.user_agent,
  metadata: row.metadata,
  at: isoTime(row.created_at),
});
