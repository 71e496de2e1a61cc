import { CountersAwayError, countUse } from "@postern/counters";
import { digestToken } from "@postern/crypto";
import { sql } from "drizzle-orm";
import type { Deps } from "../deps.ts";
import type { Origin } from "../http/origin.ts";
import { Problem } from "../problem.ts";
import { statement } from "../statement.ts";
import type { UserId } from "../tables.ts";
import { throttleAddress } from "../throttles/throttle-address.ts";

const MINUTE_SECONDS = 60;
/** Anything else is no key of ours, and costs no trip. */
const KEY = /^pak_[A-Za-z0-9_-]{43}$/;

type ApiKeyFault = "unknown" | "revoked" | "expired" | "scope_missing" | "rate_limited";

export type VerifiedApiKey =
  | { valid: true; userId: string; scopes: string[]; remaining?: number }
  | { valid: false; reason: ApiKeyFault };

type Row = {
  id: string;
  user_id: UserId;
  scopes: string[];
  rate_limit_per_minute: number | null;
  has_expired: boolean;
  is_revoked: boolean;
};

/** The key of a disabled account is worth as little as a revoked one. */
const find = statement<Row>(
  (t) => sql`
    select k.id, k.user_id, k.scopes, k.rate_limit_per_minute, k.expires_at <= now() as has_expired,
      k.revoked_at is not null or u.disabled_at is not null as is_revoked
    from ${t.apiKeys} k join ${t.users} u on u.id = k.user_id
    where k.key_hash = ${sql.placeholder("keyHash")}`,
);

/**
 * Says whether a key may do what its bearer asks for. Row and counter are read side by side; when
 * it was used is written later, in a batch.
 *
 * @throws Problem too_many_requests for a key that does not exist, from an address that presented too
 *   many of them; service_unavailable while Redis is away and the key has a limit: nothing opens
 *   . A key without one goes on.
 */
export async function verifyApiKey(
  deps: Deps,
  { key, scopes, origin }: { key: string; scopes: readonly string[]; origin: Origin },
): Promise<VerifiedApiKey> {
  if (!KEY.test(key)) {
    return refuseUnknown(deps, origin);
  }
  const keyHash = digestToken(key);
  const [[row], uses] = await Promise.all([find(deps, { keyHash }), count(deps, keyHash)]);
  if (!row) {
    return refuseUnknown(deps, origin);
  }
  const reason = faultOf(row, scopes, uses);
  if (reason) {
    return { valid: false, reason };
  }
  deps.apiKeyUses.note(row.id, origin.ipAddress);
  const limit = row.rate_limit_per_minute;
  return {
    valid: true,
    userId: String(row.user_id),
    scopes: row.scopes,
    ...(limit === null ? {} : { remaining: limit - (uses ?? limit) }),
  };
}

/**
 * A service that checks keys has one address for all its clients, so only keys that do not exist
 * count for it, and past the limit only they are refused.
 */
async function refuseUnknown(deps: Deps, origin: Origin): Promise<VerifiedApiKey> {
  const { network, ipAddress, userAgent } = origin;
  const refusal = { reason: "unknown_api_key", ipAddress, userAgent };
  deps.refusals.noteEvent("token_verification_failed", network, refusal);
  try {
    await throttleAddress(deps, "unknown_api_keys_per_address_per_minute", origin);
  } catch (error) {
    // Redis away opens nothing here: the key is none either way.
    if (!(error instanceof CountersAwayError)) throw error;
  }
  return { valid: false, reason: "unknown" };
}

function faultOf(row: Row, scopes: readonly string[], uses: number | null): ApiKeyFault | null {
  if (row.is_revoked) return "revoked";
  if (row.has_expired) return "expired";
  if (!scopes.every((scope) => row.scopes.includes(scope))) return "scope_missing";
  const limit = row.rate_limit_per_minute;
  if (limit === null) return null;
  if (uses === null) throw new Problem("service_unavailable", { retryAfterSeconds: 1 });
  return uses > limit ? "rate_limited" : null;
}

/** Null while Redis is away. The counter knows the key by its digest alone. */
async function count({ counters }: Deps, subject: string): Promise<number | null> {
  try {
    const counted = await countUse(counters, {
      name: "api-key",
      subject,
      windowSeconds: MINUTE_SECONDS,
    });
    return counted.uses;
  } catch (error) {
    if (error instanceof CountersAwayError) {
      return null;
    }
    throw error;
  }
}
