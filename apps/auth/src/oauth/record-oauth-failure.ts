import { sql } from "drizzle-orm";
import { describeIdentifier } from "../attempts/describe-identifier.ts";
import type { Deps } from "../deps.ts";
import type { Origin } from "../http/origin.ts";
import { statement } from "../statement.ts";
import type { UserId } from "../tables.ts";

const p = sql.placeholder;

/** A disabled account that was meant is an attempt to sign in; the rest concerns nobody's account. */
const record = statement<unknown>(
  (t) => sql`
    with attempt as (
      insert into ${t.loginAttempts} (identifier_hint, identifier_index, user_id, ip_address,
        user_agent, attempt_result, failure_reason)
      select ${p("identifierHint")}::text, ${p("identifierIndex")}::text, ${p("userId")},
        ${p("ipAddress")}, ${p("userAgent")}, 'disabled', 'oauth'
      where ${p("reason")}::text = 'disabled' and ${p("identifierHint")}::text is not null
    )
    insert into ${t.securityEvents} (event_type, severity, user_id, ip_address, user_agent, metadata)
    values ('oauth_failed', 'medium', ${p("userId")}, ${p("ipAddress")}, ${p("userAgent")},
      jsonb_build_object('provider', ${p("provider")}::text, 'reason', ${p("reason")}::text))`,
);

export type OauthFailure = {
  provider: string;
  reason:
    | "invalid_answer"
    | "state_mismatch"
    | "disabled"
    | "email_unproven"
    | "identity_exists"
    | "identity_unlinked"
    | "connection_taken"
    | "locked";
  userId?: UserId | null;
  /** The account's email, where one was meant. */
  email?: string | null;
  origin: Origin;
};

/** What a caller who proved nothing can cause as often as it likes. */
const ANONYMOUS: ReadonlySet<OauthFailure["reason"]> = new Set([
  "invalid_answer",
  "state_mismatch",
]);

/**
 * Records that a sign-in by a provider came to nothing. What anybody can cause is counted instead
 * (R-75).
 */
export async function recordOauthFailure(
  deps: Deps,
  { provider, reason, userId = null, email = null, origin }: OauthFailure,
): Promise<void> {
  const { ipAddress, userAgent, network } = origin;
  if (ANONYMOUS.has(reason)) {
    deps.refusals.noteEvent("oauth_failed", network, { reason, provider, ipAddress, userAgent });
    return;
  }
  const identifier =
    email === null
      ? { identifierHint: null, identifierIndex: null }
      : describeIdentifier(deps.digestKeys, email);
  await record(deps, { provider, reason, userId, ipAddress, userAgent, ...identifier });
}
