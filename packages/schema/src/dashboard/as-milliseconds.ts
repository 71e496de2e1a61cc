import { type SQL, type SQLWrapper, sql } from "drizzle-orm";

/** A moment as every driver reads it alike: milliseconds since 1970. */
export const asMilliseconds = (at: SQLWrapper): SQL =>
  sql`(extract(epoch from ${at}) * 1000)::float8`;
