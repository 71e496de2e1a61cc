const CAUSES_MAX = 5;

/** The driver's own codes for a server that cannot be reached, and Node's. */
const AWAY_CODES: ReadonlySet<string> = new Set([
  "CONNECT_TIMEOUT",
  "CONNECTION_CLOSED",
  "CONNECTION_DESTROYED",
  "CONNECTION_ENDED",
  "CONNECTION_SILENT",
  "EAI_AGAIN",
  "ECONNREFUSED",
  "ECONNRESET",
  "EHOSTUNREACH",
  "ENETUNREACH",
  "ENOTFOUND",
  "EPIPE",
  "ETIMEDOUT",
]);

/**
 * SQLSTATEs with which a server says "not now" (PostgreSQL, appendix A): 08 connection exception,
 * 28 invalid authorization, 53 insufficient resources, 57 operator intervention (which holds the
 * statement timeout, 57014), 58 system error; 25006 read-only and 3D000 no such database.
 */
const AWAY_STATES = /^(08|28|53|57|58)...$|^25006$|^3D000$/;

/**
 * SQLSTATEs of a transaction that met another: 23503 a row that it refers to has just gone, 40001
 * serialization failure, 40P01 deadlock, 55P03 lock not available. Nothing of it was done.
 */
const CONFLICT_STATES: ReadonlySet<string> = new Set(["23503", "40001", "40P01", "55P03"]);

/** True where a repetition may succeed, or learn what the other transaction has changed. */
export const isConflict = (error: unknown): boolean =>
  codesOf(error).some((code) => CONFLICT_STATES.has(code));

/** The five-character SQLSTATE of what PostgreSQL refused, found also under a DrizzleQueryError. */
export function sqlState(error: unknown): string | undefined {
  return codesOf(error).find((code) => /^[0-9A-Z]{5}$/.test(code) && !AWAY_CODES.has(code));
}

/** True where the database did not answer, or not in time: the request ends with a 503, not a 500. */
export function isDatabaseAway(error: unknown): boolean {
  return codesOf(error).some((code) => AWAY_CODES.has(code) || AWAY_STATES.test(code));
}

function codesOf(error: unknown): string[] {
  const codes: string[] = [];
  let current = error;
  for (let depth = 0; depth < CAUSES_MAX && current instanceof Error; depth += 1) {
    if ("code" in current && typeof current.code === "string") {
      codes.push(current.code);
    }
    current = current.cause ?? firstOf(current);
  }
  return codes;
}

/** Node reports a name with several addresses, none of which answers, as an AggregateError. */
const firstOf = (error: Error): unknown =>
  error instanceof AggregateError ? error.errors[0] : undefined;
