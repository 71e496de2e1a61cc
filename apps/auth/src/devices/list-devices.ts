import { sql } from "drizzle-orm";
import type { Deps } from "../deps.ts";
import { isoTime } from "../iso-time.ts";
import { statement } from "../statement.ts";

export type DeviceEntry = {
  id: string;
  /** The owner's own name for it or, without one, our description. */
  name: string;
  browser: string | null;
  os: string | null;
  deviceType: string | null;
  ipAddress: string | null;
  firstSeenAt: string;
  lastSeenAt: string;
  /** Until then it leaves the second step out. */
  trustedUntil: string | null;
  isCurrent: boolean;
};

type Row = {
  id: string;
  name: string;
  browser: string | null;
  os: string | null;
  device_type: string | null;
  ip_address: string | null;
  first_seen_at: number;
  last_seen_at: number;
  trusted_until: number | null;
  is_current: boolean;
};

const list = statement<Row>(
  (t) => sql`
    select d.id, coalesce(d.name, nullif(concat_ws(' on ', d.browser, d.os), ''), 'Unknown device') as name,
      d.browser, d.os, d.device_type, host(d.last_ip) as ip_address,
      extract(epoch from d.first_seen_at)::float8 as first_seen_at,
      extract(epoch from d.last_seen_at)::float8 as last_seen_at,
      case when d.trusted_until > now() then extract(epoch from d.trusted_until)::float8 end as trusted_until,
      d.id is not distinct from (select h.device_id from ${t.refreshTokens} h
        where h.family_id = ${sql.placeholder("sessionId")}::uuid and h.generation = 0) as is_current
    from ${t.userDevices} d
    where d.user_id = ${sql.placeholder("userId")} and d.revoked_at is null
    order by d.last_seen_at desc limit 200`,
);

/** The devices that signed in to the caller's account and were not revoked, the last seen first. */
export async function listDevices(
  deps: Deps,
  { userId, sessionId }: { userId: string; sessionId: string },
): Promise<DeviceEntry[]> {
  const rows = await list(deps, { userId, sessionId });
  return rows.map((row) => ({
    id: row.id,
    name: row.name,
    browser: row.browser,
    os: row.os,
    deviceType: row.device_type,
    ipAddress: row.ip_address,
    firstSeenAt: isoTime(row.first_seen_at),
    lastSeenAt: isoTime(row.last_seen_at),
    trustedUntil: row.trusted_until === null ? null : isoTime(row.trusted_until),
    isCurrent: row.is_current,
  }));
}
