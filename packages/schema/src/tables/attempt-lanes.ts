import { sql } from "drizzle-orm";
import { check, index, integer, type PgTableFn } from "drizzle-orm/pg-core";
import { digest, instant, isDigest } from "../columns.ts";
import { posternBinding } from "../postern-binding.ts";

/**
 * The durable shadow of the lockout counters in Redis, and the counter itself while Redis is away.
 *
 * A lane is the keyed digest of an identifier, existing or not, alone (strangers) or with a device
 * that is known to that very user. The row tells nothing of either. Locked is derived:
 * `lockedUntil` is to come. `locks` doubles the next lock.
 *
 * `failedAt` are the failures of the last day, `failures` how many of them came since
 * `windowStartedAt`. `reservedUntil` are attempts under way while Redis is away, by when each
 * lapses: not known yet to be failures.
 */
export const defineAttemptLanes = <S extends string | undefined>(table: PgTableFn<S>) =>
  table(
    "attempt_lanes",
    {
      laneDigest: digest("lane_digest").primaryKey(),
      failures: integer("failures").notNull().default(0),
      windowStartedAt: instant("window_started_at").notNull().defaultNow(),
      locks: integer("locks").notNull().default(0),
      lockedUntil: instant("locked_until"),
      failedAt: instant("failed_at").array(),
      reservedUntil: instant("reserved_until").array(),
    },
    (t) => [
      index("attempt_lanes_by_window").on(t.windowStartedAt),
      check("attempt_lanes_lane_is_digested", isDigest(t.laneDigest)),
      check("attempt_lanes_counts_are_not_negative", sql`${t.failures} >= 0 and ${t.locks} >= 0`),
    ],
  );

export const attemptLanes = defineAttemptLanes(posternBinding.table);
