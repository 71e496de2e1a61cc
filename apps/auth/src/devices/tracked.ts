import { type SQL, sql } from "drizzle-orm";

/**
 * Whether the account `u` is in the part for which FEATURE_SECURITY_TRACKING_PERCENT turned the
 * tracking writes on: fingerprints, descriptions of devices, the audit of each refresh. Sticky: the
 * first two bytes of the SHA-256 of the id say where an account stands. What protects is always on.
 */
export const isTracked: SQL = sql`((get_byte(sha256(convert_to(u.id::text, 'UTF8')), 0) * 256
  + get_byte(sha256(convert_to(u.id::text, 'UTF8')), 1)) % 100 < ${sql.placeholder("trackedPercent")}::int)`;
