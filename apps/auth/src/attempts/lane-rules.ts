import { type SQL, sql } from "drizzle-orm";

/**
 * The numbers of a lane, as PostgreSQL reads them. Five failures in 15 minutes lock it, for
 * 15 minutes and each time twice as long, up to a day; a lock that ended a day ago is forgotten.
 * Whoever guesses too slowly for that meets the bound of a day: 40, below the 100 of NIST SP
 * 800-63B-4 3.2.2, and above the 35 that the doubling lets through, so it shortens nothing.
 */
export const FAILURES_MAX = 5;
export const FAILURES_PER_DAY_MAX = 40;

const literal = (text: string): SQL => sql.raw(`interval '${text}'`);

export const WINDOW = literal("15 minutes");
const DAY = literal("24 hours");

/** As long as one in Redis: longer than any attempt takes. */
export const RESERVATION = literal("10 seconds");

/** The failures of the lane `l` that still count, oldest first. */
export const keptFailures: SQL = sql`array(
  select f from unnest(l.failed_at) f where f > now() - ${DAY} order by f)`;

/** The attempts under way in the lane `l`, soonest to lapse first. */
export const keptReservations: SQL = sql`array(
  select r from unnest(l.reserved_until) r where r > now() order by r)`;

export const isLocked: SQL = sql`coalesce(l.locked_until > now(), false)`;

/** Which lock in a row the next one is. */
export const nextLocks: SQL = sql`case when l.locked_until > now() - ${DAY} then l.locks + 1 else 1 end`;

/**
 * When a lock that begins now ends. `locks`: which one in a row it is. `times`: the failures of the
 * last day with the present one, oldest first.
 */
export const lockEnd = (locks: SQL, times: SQL): SQL => sql`greatest(
  now() + least(${DAY}, ${WINDOW} * power(2, least(${locks} - 1, 10))),
  (${times})[cardinality(${times}) - ${sql.raw(String(FAILURES_PER_DAY_MAX - 1))}] + ${DAY})`;
