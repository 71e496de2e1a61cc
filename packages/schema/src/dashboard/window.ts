import { type SQL, sql } from "drizzle-orm";

/** How far back to look, and how many rows to answer at most. */
export type Window = { readonly hours?: number; readonly limit?: number };

const HOURS_MAX = 24 * 366;
const LIMIT_MAX = 1_000;

/** The moment so many hours ago, by the database's clock. Throws RangeError. */
export function since(hours: number): SQL {
  if (!(hours > 0 && hours <= HOURS_MAX)) {
    throw new RangeError(`Hours go from above 0 to ${HOURS_MAX}.`);
  }
  return sql`now() - make_interval(secs => ${hours * 3_600}::float8)`;
}

/** Throws RangeError for anything but a whole number from 1 to 1,000. */
export function checkLimit(limit: number): number {
  if (!(Number.isInteger(limit) && limit >= 1 && limit <= LIMIT_MAX)) {
    throw new RangeError(`A limit is a whole number from 1 to ${LIMIT_MAX}.`);
  }
  return limit;
}
