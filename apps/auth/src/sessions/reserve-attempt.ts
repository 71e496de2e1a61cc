import { CountersAwayError, settleAttempt, spendAttempt } from "@postern/counters";
import { sql } from "drizzle-orm";
import type { Deps } from "../deps.ts";
import type { Origin } from "../http/origin.ts";
import { Problem } from "../problem.ts";
import { statement } from "../statement.ts";
import { addressDigest, spendOfAddress } from "../throttles/throttle-address.ts";

type Outcome = "failed" | "succeeded" | "released";

/** An attempt that may go ahead, and how its outcome is told to the counter that granted it. */
export type Attempt = {
  settle: (outcome: Outcome) => Promise<void>;
  /** What a failure still has to add to the lane in PostgreSQL: nothing where it was spent there. */
  durableFailures: 0 | 1;
};

type Row = { granted: boolean; locked_for: number };

/**
 * Counts the attempt as failed at once, since there is no Redis to hold a reservation: five in a
 * window of 15 minutes, the sixth is refused. Success deletes the row.
 */
const spend = statement<Row>(
  (t) => sql`
    insert into ${t.attemptLanes} as l (lane_digest, failures) values (${sql.placeholder("lane")}, 1)
    on conflict (lane_digest) do update set
      failures = case when l.window_started_at < now() - interval '15 minutes' then 1
        else l.failures + 1 end,
      window_started_at = case when l.window_started_at < now() - interval '15 minutes' then now()
        else l.window_started_at end
    returning failures <= 5 and (locked_until is null or locked_until <= now()) as granted,
      greatest(0, ceil(extract(epoch from locked_until - now())))::int as locked_for`,
);

/**
 * Spends an attempt before the password is checked, so parallel guesses cannot slip past the lock.
 *
 * Redis decides, about the lane and the address in one wave; while it is away the lane in
 * PostgreSQL decides alone. A lane full of attempts that are still being checked answers
 * too_many_requests and locks nothing.
 *
 * @throws Problem account_locked or too_many_requests, with the seconds to wait.
 */
export async function reserveAttempt(deps: Deps, lane: string, origin: Origin): Promise<Attempt> {
  try {
    const [attempt, waitSeconds] = await Promise.all([
      spendAttempt(deps.counters, lane),
      spendOfAddress(deps, "sign_ins_per_address_per_minute", addressDigest(deps, origin)),
    ]);
    if (waitSeconds > 0) {
      await (attempt.allowed && settleInRedis(deps, lane, "released"));
      throw new Problem("too_many_requests", { retryAfterSeconds: waitSeconds });
    }
    if (attempt.allowed) {
      return { settle: (outcome) => settleInRedis(deps, lane, outcome), durableFailures: 1 };
    }
    const { reason, retryAfterSeconds } = attempt;
    throw new Problem(reason === "locked" ? "account_locked" : "too_many_requests", {
      retryAfterSeconds,
    });
  } catch (error) {
    if (error instanceof CountersAwayError) {
      return reserveInPostgres(deps, lane);
    }
    throw error;
  }
}

async function reserveInPostgres(deps: Deps, lane: string): Promise<Attempt> {
  const [row] = await spend(deps, { lane });
  if (row?.granted) {
    return { settle: (outcome) => settleInPostgres(deps, lane, outcome), durableFailures: 0 };
  }
  if (row?.locked_for) {
    throw new Problem("account_locked", { retryAfterSeconds: row.locked_for });
  }
  throw new Problem("too_many_requests", { retryAfterSeconds: 1 });
}

const release = statement<unknown>(
  (t) => sql`
    update ${t.attemptLanes} set failures = greatest(0, failures - 1)
    where lane_digest = ${sql.placeholder("lane")}`,
);

/** A failure is counted already and a success deletes the row: only what was not checked is left. */
async function settleInPostgres(deps: Deps, lane: string, outcome: Outcome): Promise<void> {
  if (outcome === "released") {
    await release(deps, { lane });
  }
}

/** The outcome is durable in PostgreSQL beside this call: Redis gone now costs nothing. */
async function settleInRedis(deps: Deps, lane: string, outcome: Outcome): Promise<void> {
  try {
    await settleAttempt(deps.counters, lane, outcome);
  } catch (error) {
    if (!(error instanceof CountersAwayError)) {
      throw error;
    }
  }
}
