import { sql } from "drizzle-orm";
import type { Deps } from "../deps.ts";
import { Problem } from "../problem.ts";
import { statement } from "../statement.ts";
import { FAILURES_MAX, isLocked, keptReservations, RESERVATION, WINDOW } from "./lane-rules.ts";
import type { Lane } from "./lanes.ts";
import type { AttemptOutcome } from "./reserve-attempt.ts";

const lane = sql.placeholder("lane");
const BUSY_RETRY_SECONDS = 1;

/** No row where the lane is full or locked. Parallel calls wait for each other at the lane's row. */
const reserve = statement<{ is_granted: true }>(
  (t) => sql`
    insert into ${t.attemptLanes} as l (lane_digest, reserved_until)
    values (${lane}, array[now() + ${RESERVATION}])
    on conflict (lane_digest) do update
      set reserved_until = ${keptReservations} || (now() + ${RESERVATION})
      where not ${isLocked} and cardinality(${keptReservations})
        + (select count(*) from unnest(l.failed_at) f where f > now() - ${WINDOW})
        < ${sql.raw(String(FAILURES_MAX))}
    returning true as is_granted`,
);

const release = statement<unknown>(
  (t) => sql`
    update ${t.attemptLanes} l set reserved_until = (${keptReservations})[2:]
    where l.lane_digest = ${lane}`,
);

const forget = statement<unknown>(
  (t) => sql`delete from ${t.attemptLanes} where lane_digest = ${lane}`,
);

/** @throws Problem too_many_requests. */
async function spend(deps: Deps, { digest }: Lane): Promise<void> {
  const [row] = await reserve(deps, { lane: digest });
  if (!row) {
    throw new Problem("too_many_requests", { retryAfterSeconds: BUSY_RETRY_SECONDS });
  }
}

type Settled = { outcome: AttemptOutcome; isDurable: boolean };

/** A failure is settled by the statement that records it. */
async function settle(
  deps: Deps,
  { digest }: Lane,
  { outcome, isDurable }: Settled,
): Promise<void> {
  if (outcome === "succeeded") {
    await forget(deps, { lane: digest });
  } else if (outcome === "released" && isDurable) {
    await release(deps, { lane: digest });
  }
}

/** Attempts as PostgreSQL counts them: reservations while Redis is away, outcomes always. */
export const durableAttempts = { spend, settle };
