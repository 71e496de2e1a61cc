import { forgetAttempts } from "@postern/counters";
import { sql } from "drizzle-orm";
import { readPhone } from "../contacts/phone-at-rest.ts";
import type { Deps } from "../deps.ts";
import type { Unreadable } from "../sealed-values/read-sealed-value.ts";
import { statement } from "../statement.ts";
import type { UserId } from "../tables.ts";
import type { TransactionStore } from "../transaction.ts";
import { deviceLane, type OwnLane, ownLane, ownLanes, strangerLane } from "./lanes.ts";

const p = sql.placeholder;

type Row = { email: string | null; sealed_phone: string | null; token_hashes: string[] };

const read = statement<Row>(
  (t) => sql`
    select u.email, u.encrypted_phone_number as sealed_phone,
      array(select d.token_hash from ${t.userDevices} d where d.user_id = u.id) as token_hashes
    from ${t.users} u where u.id = ${p("userId")} for no key update of u`,
);

/** The event is written where a lock was ended, and for whatever an operator does. */
const clear = statement<unknown>(
  (t) => sql`
    with cleared as (
      delete from ${t.attemptLanes} where lane_digest = any(${p("lanes")}::text[])
      returning locked_until > now() as was_locked
    ), shown as (
      update ${t.users} u set failed_login_attempts = 0, account_locked_until = null
      where u.id = ${p("userId")}
    )
    insert into ${t.securityEvents} (event_type, severity, user_id, ip_address, user_agent, metadata)
    select 'account_unlocked', 'medium', ${p("userId")}, ${p("ipAddress")}, ${p("userAgent")},
      jsonb_strip_nulls(jsonb_build_object('reason', ${p("reason")}::text, 'actor', ${p("actor")}::text))
    where exists (select from cleared where was_locked) or ${p("actor")}::text is not null`,
);

/**
 * What each unlocking ends beside the locks at sign-in. A recovery proves the mailbox, so it must
 * not give back the guesses at the second factor.
 */
const ALSO = {
  recovery: ["password_change", "step_up", "recovery"],
  admin: ownLanes,
} as const satisfies Record<string, readonly OwnLane[]>;

type Unlocking = {
  userId: UserId;
  reason: keyof typeof ALSO;
  /** Where it was asked for. Nulls where an operator acts at the command line. */
  origin: { ipAddress: string | null; userAgent: string | null };
  /** The administrator's id, or `operator`, where it was not the owner who acted. */
  actorId?: string;
};

export type UnlockDeps = Pick<Deps, "keyRing" | "digestKeys" | "usersPlace" | "counters">;

/**
 * Ends every lock of an account, for its email and its number, for strangers and its devices: a
 * completed recovery, or an operator. `store` is `deps` or the caller's transaction. Call
 * `forgetLocks` with the scopes returned once it is committed.
 */
export async function clearLocks(
  deps: Omit<UnlockDeps, "counters">,
  store: TransactionStore,
  { userId, reason, origin, actorId }: Unlocking,
): Promise<string[]> {
  const [account] = await read(store, { userId });
  if (!account) {
    return [];
  }
  const phone = await readPhone(deps, store, { userId, sealed: account.sealed_phone });
  const lanes = [
    ...signInLanes(deps, account, [account.email, phone]),
    ...ALSO[reason].map((purpose) => ownLane(deps.digestKeys, purpose, userId).digest),
  ];
  const { ipAddress, userAgent } = origin;
  await clear(store, { userId, lanes, reason, ipAddress, userAgent, actor: actorId ?? null });
  return lanes;
}

/** Tells Redis too; never throws. */
export async function forgetLocks(
  { counters }: Pick<UnlockDeps, "counters">,
  scopes: readonly string[],
): Promise<void> {
  await Promise.allSettled(scopes.map((scope) => forgetAttempts(counters, scope)));
}

/** A number that cannot be read has a lane that nobody can name. It ends by itself. */
function signInLanes(
  { digestKeys }: Pick<UnlockDeps, "digestKeys">,
  { token_hashes: tokenHashes }: Row,
  identifiers: readonly (string | null | Unreadable)[],
): string[] {
  return identifiers
    .filter((identifier) => typeof identifier === "string")
    .flatMap((identifier) => [
      strangerLane(digestKeys, identifier).digest,
      ...tokenHashes.map((hash) => deviceLane(digestKeys, identifier, hash).digest),
    ]);
}
