import { type SQL, sql } from "drizzle-orm";
import type { Tables } from "../tables.ts";
import {
  FAILURES_MAX,
  FAILURES_PER_DAY_MAX,
  isLocked,
  keptFailures,
  keptReservations,
  lockEnd,
  nextLocks,
  WINDOW,
} from "./lane-rules.ts";

const p = sql.placeholder;
const number = (value: number) => sql.raw(String(value));

/**
 * The step of a statement that counts a failure in the lane and locks it where it is one too many.
 * A lane that is locked already stays as it is: a straggler makes the lock no longer. It must come
 * after a step `account` that locks the account's row. Its one row says `locked` where this very
 * failure locked the lane.
 */
export const countFailure = (t: Tables): SQL => sql`
  insert into ${t.attemptLanes} as l (lane_digest, failures, failed_at, window_started_at)
  select ${p("lane")}, 1, array[now()], now() - ${WINDOW}
  from (values (1)) as always left join account on true
  on conflict (lane_digest) do update set
    (failures, failed_at, window_started_at, locks, locked_until, reserved_until) = (
      select case when c.was_locked then l.failures else c.recent end,
        case when c.was_locked then l.failed_at else c.times end,
        case when c.was_locked then l.window_started_at else now() - ${WINDOW} end,
        case when c.locks_now then c.locks else l.locks end,
        case when c.locks_now then ${lockEnd(sql`c.locks`, sql`c.times`)} else l.locked_until end,
        case when ${p("releases")}::boolean then c.reserved[2:] else c.reserved end
      from (
        select b.*, not b.was_locked and (b.recent >= ${number(FAILURES_MAX)}
          or cardinality(b.times) >= ${number(FAILURES_PER_DAY_MAX)}) as locks_now
        from (
          select ${isLocked} as was_locked, ${nextLocks} as locks, ${keptFailures} || now() as times,
            ${keptReservations} as reserved, (select count(*)::int + 1 from unnest(l.failed_at) f
              where f > now() - ${WINDOW}) as recent
        ) b
      ) c
    )
  returning locked_until, locks,
    coalesce(locked_until > now() and failed_at[cardinality(failed_at)] = now(), false) as locked`;
