import { sql } from "drizzle-orm";
import { ANSWER_LOST } from "../channels/channel.ts";

export const LEASE_EXPIRED = "lease_expired";

/**
 * The error codes of an attempt that may have sent the message, though nobody knows. They stay on
 * the row when a later attempt sends it: such a row may be a duplicate, and no other is.
 */
const MAYBE_SENT = sql.raw(
  `('${ANSWER_LOST}', '${LEASE_EXPIRED}', 'smtp_connection', 'smtp_timedout', 'smtp_abort')`,
);

/** The code of such an attempt at the row, null where there was none. */
export const maybeSentMark = (row: string) =>
  sql`case when ${sql.raw(row)}.error_code in ${MAYBE_SENT} then ${sql.raw(row)}.error_code end`;
