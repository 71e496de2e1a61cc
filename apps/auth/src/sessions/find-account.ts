import { sql } from "drizzle-orm";
import type { Deps } from "../deps.ts";
import { statement } from "../statement.ts";
import type { UserId } from "../tables.ts";
import { lanesOf } from "./lanes.ts";

export type Account = { id: UserId; passwordHash: string | null; isDisabled: boolean };

/** Who is meant, over which lane the attempt counts, and whether PostgreSQL holds it locked. */
export type FoundAccount = {
  account: Account | null;
  /** The device that the presented token names for this very account. */
  deviceId: string | null;
  lane: string;
  lockedForSeconds: number;
};

type Row = {
  id: UserId | null;
  password_hash: string | null;
  is_disabled: boolean | null;
  device_id: string | null;
  stranger_locked_for: number;
  device_locked_for: number;
};

/** One row always, found or not, so that a known and an unknown email cost the same. */
const find = statement<Row>(
  (t) => sql`
    select u.id, u.password_hash, u.disabled_at is not null as is_disabled, d.id as device_id,
      greatest(0, ceil(extract(epoch from s.locked_until - now())))::int as stranger_locked_for,
      greatest(0, ceil(extract(epoch from k.locked_until - now())))::int as device_locked_for
    from (values (1)) as always
    left join ${t.users} u on lower(u.email) = ${sql.placeholder("email")}
    left join ${t.userDevices} d on d.token_hash = ${sql.placeholder("deviceTokenHash")}
      and d.user_id = u.id and d.revoked_at is null
    left join ${t.attemptLanes} s on s.lane_digest = ${sql.placeholder("strangerLane")}
    left join ${t.attemptLanes} k on k.lane_digest = ${sql.placeholder("deviceLane")}`,
);

/** Reads account, device and durable locks in one trip. An unmatched device token counts as absent. */
export async function findAccount(
  deps: Deps,
  { email, deviceToken }: { email: string; deviceToken: string | null },
): Promise<FoundAccount> {
  const lanes = lanesOf(deps.digestKeys, email, deviceToken);
  const [row] = await find(deps, {
    email,
    deviceTokenHash: lanes.deviceTokenHash,
    strangerLane: lanes.stranger,
    deviceLane: lanes.device,
  });
  if (!row) {
    throw new Error("The account query always answers with one row.");
  }
  const isKnownDevice = row.device_id !== null && lanes.device !== null;
  return {
    account:
      row.id === null
        ? null
        : { id: row.id, passwordHash: row.password_hash, isDisabled: row.is_disabled === true },
    deviceId: row.device_id,
    lane: isKnownDevice && lanes.device !== null ? lanes.device : lanes.stranger,
    lockedForSeconds: isKnownDevice ? row.device_locked_for : row.stranger_locked_for,
  };
}
