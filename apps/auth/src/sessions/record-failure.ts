import { type SQL, sql } from "drizzle-orm";
import type { Deps } from "../deps.ts";
import type { Origin } from "../http/origin.ts";
import { statement } from "../statement.ts";
import { describeIdentifier } from "./describe-identifier.ts";
import type { FoundAccount } from "./find-account.ts";

const p = sql.placeholder;

/** What the lane has counted, this failure included. A window that is over counts from nothing. */
const counted: SQL = sql`(case when l.window_started_at < now() - interval '15 minutes' then 0
  else l.failures end + ${p("failures")}::int)`;

/** 15 minutes for the first lock, doubled by each further one, 24 hours at most. */
const lockEnd: SQL = sql`now() + least(interval '24 hours',
  interval '15 minutes' * power(2, least(l.locks, 10)))`;

const isLocked: SQL = sql`l.locked_until > now()`;

/**
 * The refusal, its event, and the durable shadow of the lane, in one statement. The fifth failure
 * locks the lane and writes account_locked, for identifiers without an account too. Locks are taken
 * in the order of every statement: account, then lane.
 */
const record = statement<{ locked: boolean }>(
  (t) => sql`
    with account as materialized (
      select u.id from ${t.users} u where u.id = ${p("userId")} for no key update
    ), lane as (
      insert into ${t.attemptLanes} as l (lane_digest, failures)
      select ${p("lane")}, ${p("failures")}::int
      from (values (1)) as always left join account on true
      on conflict (lane_digest) do update set
        failures = case when ${isLocked} then l.failures when ${counted} >= 5 then 0 else ${counted} end,
        locks = case when ${isLocked} or ${counted} < 5 then l.locks
          when l.locked_until < now() - interval '24 hours' then 1 else l.locks + 1 end,
        locked_until = case when ${isLocked} or ${counted} < 5 then l.locked_until else ${lockEnd} end,
        window_started_at = case when ${isLocked} then l.window_started_at
          when ${counted} >= 5 or l.window_started_at < now() - interval '15 minutes' then now()
          else l.window_started_at end
      returning locked_until, locked_until > now() and window_started_at = now() as locked
    ), attempt as (
      insert into ${t.loginAttempts} (identifier_hint, identifier_index, user_id, ip_address,
        user_agent, attempt_result, failure_reason, device_id)
      values (${p("identifierHint")}, ${p("identifierIndex")}, ${p("userId")}, ${p("ipAddress")}, ${p("userAgent")},
        ${p("result")}, ${p("reason")}, ${p("deviceId")})
    ), events as (
      insert into ${t.securityEvents} (event_type, severity, user_id, ip_address, user_agent, metadata)
      values (${p("eventType")}, 'medium', ${p("userId")}, ${p("ipAddress")}, ${p("userAgent")},
        jsonb_build_object('reason', ${p("reason")}::text))
    ), lock_event as (
      insert into ${t.securityEvents} (event_type, severity, user_id, ip_address, user_agent, metadata)
      select 'account_locked', 'high', ${p("userId")}, ${p("ipAddress")}, ${p("userAgent")},
        jsonb_build_object('until', lane.locked_until)
      from lane where lane.locked
    ), shown as (
      update ${t.users} u set failed_login_attempts = u.failed_login_attempts + 1,
        account_locked_until = case when lane.locked then lane.locked_until
          else u.account_locked_until end
      from lane where u.id = ${p("userId")}
    )
    select locked from lane`,
);

export type Failure = {
  email: string;
  origin: Origin;
  found: FoundAccount;
  result: "failed_password" | "unknown_account" | "disabled";
  durableFailures: 0 | 1;
};

/** Records a refused sign-in. What was typed is kept as a mask and a keyed digest only. */
export async function recordFailure(deps: Deps, failure: Failure): Promise<void> {
  const { email, origin, found, result } = failure;
  await record(deps, {
    lane: found.lane,
    failures: failure.durableFailures,
    ...describeIdentifier(deps.digestKeys, email),
    userId: found.account?.id ?? null,
    ipAddress: origin.ipAddress,
    userAgent: origin.userAgent,
    result,
    reason: result,
    deviceId: found.deviceId,
    eventType: result === "failed_password" ? "failed_login_attempt" : "login_failed",
  });
}
