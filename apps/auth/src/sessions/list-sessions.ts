import { sql } from "drizzle-orm";
import type { Deps } from "../deps.ts";
import { isoTime } from "../iso-time.ts";
import { statement } from "../statement.ts";

export type SessionEntry = {
  id: string;
  deviceName: string | null;
  ipAddress: string | null;
  createdAt: string;
  lastUsedAt: string;
  expiresAt: string;
  isCurrent: boolean;
};

type Row = {
  id: string;
  device_name: string | null;
  ip_address: string | null;
  created_at: number;
  last_used_at: number;
  expires_at: number;
};

/** A live session: its head is not revoked, and its last token is still good. */
const list = statement<Row>(
  (t) => sql`
    select head.family_id as id, live.device_name, host(live.ip_address) as ip_address,
      extract(epoch from head.created_at)::float8 as created_at,
      extract(epoch from live.last_used_at)::float8 as last_used_at,
      extract(epoch from live.expires_at)::float8 as expires_at
    from ${t.refreshTokens} head
    join ${t.refreshTokens} live on live.family_id = head.family_id and live.rotated_at is null
    where head.user_id = ${sql.placeholder("userId")} and head.generation = 0
      and head.revoked_at is null and live.expires_at > now()
    order by live.last_used_at desc`,
);

/** The caller's live sessions, the one used last first. */
export async function listSessions(
  deps: Deps,
  { userId, sessionId }: { userId: string; sessionId: string },
): Promise<SessionEntry[]> {
  const rows = await list(deps, { userId });
  return rows.map((row) => ({
    id: row.id,
    deviceName: row.device_name,
    ipAddress: row.ip_address,
    createdAt: isoTime(row.created_at),
    lastUsedAt: isoTime(row.last_used_at),
    expiresAt: isoTime(row.expires_at),
    isCurrent: row.id === sessionId,
  }));
}
