import { setTimeout as sleep } from "node:timers/promises";
import { sql } from "drizzle-orm";
import type { Deps } from "../deps.ts";
import type { Origin } from "../http/origin.ts";
import { announce, noticeStep, noticeValues, sealNotice } from "../notices/notice-step.ts";
import { detectAttacks } from "../security-events/detect-attacks.ts";
import { statement } from "../statement.ts";
import type { Tables, UserId } from "../tables.ts";
import { countFailure } from "./count-failure.ts";
import { describeIdentifier } from "./describe-identifier.ts";
import type { Attempt } from "./reserve-attempt.ts";

const p = sql.placeholder;

/** Locks in a row after which a lane's failures are an attack: 15 guesses and no success. */
const BRUTE_FORCE_LOCKS = 3;

/**
 * The refusal, its event, and the lane, in one statement. The failure that locks the lane writes
 * account_locked, for identifiers without an account too, and the owner's mail. Locks are taken in
 * the order of every statement: account, then lane.
 */
const record = statement<{ locked: boolean }>(
  (t) => sql`
    with account as materialized (
      select u.id from ${t.users} u where u.id = ${p("userId")} for no key update
    ), lane as (${countFailure(t)}), attempt as (
      insert into ${t.loginAttempts} (identifier_hint, identifier_index, user_id, ip_address,
        user_agent, attempt_result, failure_reason, device_id)
      values (${p("identifierHint")}, ${p("identifierIndex")}, ${p("userId")}, ${p("ipAddress")},
        ${p("userAgent")}, ${p("result")}, ${p("reason")}, ${p("deviceId")})
    ), events as (
      insert into ${t.securityEvents} (event_type, severity, user_id, ip_address, user_agent, metadata)
      select type, 'medium', ${p("userId")}, ${p("ipAddress")}, ${p("userAgent")},
        jsonb_build_object('reason', ${p("reason")}::text)
      from unnest(${p("eventTypes")}::text[]) as type
    ), lock_events as (
      insert into ${t.securityEvents} (event_type, severity, user_id, ip_address, user_agent, metadata)
      select event.type, 'high', ${p("userId")}, ${p("ipAddress")}, ${p("userAgent")},
        jsonb_build_object('until', lane.locked_until, 'locks', lane.locks)
      from lane, (values ('account_locked', 1),
        ('brute_force_detected', ${sql.raw(String(BRUTE_FORCE_LOCKS))})) as event (type, locks)
      where lane.locked and lane.locks >= event.locks
    ), shown as (
      update ${t.users} u set failed_login_attempts = u.failed_login_attempts + 1,
        account_locked_until = case when lane.locked then lane.locked_until
          else u.account_locked_until end
      from lane where u.id = ${p("userId")}
    ), mail as (${noticeStep(t, "mail", sql`select account.id as user_id from account, lane where lane.locked`)})
    select locked, ${announce(sql`mail`)} as queued from lane`,
);

type AttemptResult = Tables["loginAttempts"]["$inferInsert"]["attemptResult"];
type EventType = Tables["securityEvents"]["$inferInsert"]["eventType"];

export type Failure = {
  /** From `reserveAttempt`. It is settled here, in the same wave. */
  attempt: Attempt;
  /** The normalised email or number; of a known account, its email. Kept as mask and digest only. */
  identifier: string;
  /** Whose account is meant, and where the owner hears of a lock; null where there is none. */
  account: { id: UserId; email: string | null } | null;
  deviceId?: string | null;
  result: AttemptResult;
  /** A word, at most 100 characters. Nothing that was typed. */
  reason: string;
  /** One event, or one for each. */
  eventType: EventType | readonly EventType[];
  origin: Origin;
};

/** What a list of stolen passwords makes. */
const GUESSES: ReadonlySet<AttemptResult> = new Set(["failed_password", "unknown_account"]);

/**
 * No refusal comes sooner. That of a known account costs PostgreSQL 0.2 ms more and its commit some
 * more: the account's row and indexes, and keys that point at it. Beside a password's 20 ms that was
 * 6 to 9 % (R-10).
 */
const REFUSAL_MILLISECONDS_MIN = 20;

/** Records an attempt that failed and counts it in its lane. Answers whether that locked it. */
export async function recordFailure(deps: Deps, failure: Failure): Promise<{ locked: boolean }> {
  const { attempt, account, origin } = failure;
  const described = describeIdentifier(deps.digestKeys, failure.identifier);
  const [[row]] = await Promise.all([
    record(deps, {
      lane: attempt.lane.digest,
      releases: attempt.isDurable,
      ...described,
      userId: account?.id ?? null,
      ipAddress: origin.ipAddress,
      userAgent: origin.userAgent,
      result: failure.result,
      reason: failure.reason,
      deviceId: failure.deviceId ?? null,
      eventTypes: [failure.eventType].flat(),
      ...noticeValues("mail", sealLockNotice(deps, failure)),
    }),
    attempt.settle("failed"),
    GUESSES.has(failure.result) ? detectAttacks(deps, { ...described, origin }) : undefined,
    sleep(REFUSAL_MILLISECONDS_MIN),
  ]);
  return { locked: row?.locked === true };
}

const MINUTE_SECONDS = 60;
/** Reserved by RFC 2606. What is sealed for it is thrown away. */
const NOBODY = "nobody@example.com";

/**
 * Sealed at every failure, since only the statement knows whether it locks; for an identifier that
 * nobody has too, at the same cost. The end is rounded up to the minute: the lock begins a moment
 * after its end was foretold.
 */
function sealLockNotice(deps: Deps, { attempt, account }: Failure) {
  const minutes = Math.ceil(attempt.state.lockWouldEndAt / MINUTE_SECONDS + 0.1);
  const until = new Date(minutes * MINUTE_SECONDS * 1000).toISOString();
  const notice = sealNotice(
    deps,
    { email: account?.email ?? NOBODY },
    {
      name: "account_locked",
      variables: { until },
    },
  );
  return account?.email ? notice : null;
}
