import { type SQL, sql } from "drizzle-orm";
import { type LaneRow, type LaneState, laneColumns, toLaneState } from "../attempts/lane-state.ts";
import { type Lane, lanesOf } from "../attempts/lanes.ts";
import { phoneIndex } from "../contacts/phone-at-rest.ts";
import type { Deps } from "../deps.ts";
import { statement } from "../statement.ts";
import type { UserId } from "../tables.ts";

export type Account = {
  id: UserId;
  email: string | null;
  passwordHash: string | null;
  isDisabled: boolean;
  isPasswordExpired: boolean;
  /** Since the last success, in any lane. */
  failures: number;
};

/** Who is meant, over which lane the attempt counts, and what PostgreSQL knows of that lane. */
export type FoundAccount = {
  account: Account | null;
  /** The device that the presented token names for this very account. */
  deviceId: string | null;
  lane: Lane;
  state: LaneState;
};

type Row = LaneRow & {
  id: UserId | null;
  email: string | null;
  password_hash: string | null;
  is_disabled: boolean | null;
  is_expired: boolean | null;
  failures: number | null;
  device_id: string | null;
};

const p = sql.placeholder;

/** One row always, found or not, so that a known and an unknown identifier cost the same. */
const find = (owns: SQL) =>
  statement<Row>(
    (t) => sql`
      select u.id, u.email, u.password_hash, u.disabled_at is not null as is_disabled,
        u.password_expires_at <= now() as is_expired,
        u.failed_login_attempts as failures, d.id as device_id, ${laneColumns}
      from (values (1)) as always
      left join ${t.users} u on ${owns}
      left join ${t.userDevices} d on d.token_hash = ${p("deviceTokenHash")}
        and d.user_id = u.id and d.revoked_at is null
      left join ${t.attemptLanes} l on l.lane_digest = case when d.id is null
        then ${p("strangerLane")} else ${p("deviceLane")} end`,
  );

const findByEmail = find(sql`lower(u.email) = ${p("key")}`);

/** A number that nobody has verified names no account: anybody could have typed it. */
const findByPhone = find(
  sql`u.phone_number_index = ${p("key")} and u.phone_verified_at is not null`,
);

/** `identifier`: a normalised email or number. */
type Identified = { identifier: string; deviceToken: string | null };

/** Reads account, device and durable lane in one trip. An unmatched device token counts as absent. */
export async function findAccount(
  deps: Deps,
  { identifier, deviceToken }: Identified,
): Promise<FoundAccount> {
  const { digestKeys } = deps;
  const { stranger, device, deviceTokenHash } = lanesOf(digestKeys, identifier, deviceToken);
  const bound = {
    deviceTokenHash,
    strangerLane: stranger.digest,
    deviceLane: device?.digest ?? null,
  };
  const [row] = identifier.includes("@")
    ? await findByEmail(deps, { ...bound, key: identifier })
    : await findByPhone(deps, { ...bound, key: phoneIndex(deps, identifier) });
  if (!row) {
    throw new Error("The account query always answers with one row.");
  }
  return {
    account: toAccount(row),
    deviceId: row.device_id,
    lane: row.device_id !== null && device ? device : stranger,
    state: toLaneState(row),
  };
}

const toAccount = (row: Row): Account | null =>
  row.id === null
    ? null
    : {
        id: row.id,
        email: row.email,
        passwordHash: row.password_hash,
        isDisabled: row.is_disabled === true,
        isPasswordExpired: row.is_expired === true,
        failures: row.failures ?? 0,
      };
