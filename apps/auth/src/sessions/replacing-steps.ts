import { type SQL, sql } from "drizzle-orm";
import type { Tables } from "../tables.ts";

const p = sql.placeholder;

/** What a statement that starts a session does about an earlier one, to stand after its step `gate`. */
export type ReplacingSteps = Readonly<{
  steps: SQL;
  /** A condition on what is started. */
  isDue: SQL;
  /** By how much the account has more sessions. */
  added: SQL;
  /** Which device `d` it is that signs in. */
  isDevice: SQL;
  /** The action of its first audit. */
  action: SQL;
}>;

export const startsBeside: ReplacingSteps = {
  steps: sql``,
  isDue: sql``,
  added: sql`1`,
  isDevice: sql`d.token_hash = ${p("deviceTokenHash")}`,
  action: sql`'started'`,
};

/** Stepping up: the session is ended by its successor, and only one that still lives has any. */
export const startsInstead = (t: Tables): ReplacingSteps => ({
  steps: sql`replaced as (
    update ${t.refreshTokens} h set revoked_at = now(), revoked_reason = 'stepped_up'
    from gate where not gate.needs_factor and h.generation = 0 and h.revoked_at is null
      and h.family_id = ${p("replacedSessionId")}::uuid and h.user_id = gate.id
    returning h.family_id, h.user_id, h.device_id
  ), replaced_revocation as (
    insert into ${t.revocations} (session_id) select family_id from replaced on conflict do nothing
  ), replaced_audit as (
    insert into ${t.sessionAudits} (user_id, session_id, action, ip_address, user_agent, metadata)
    select user_id, family_id, 'ended', ${p("ipAddress")}, ${p("userAgent")},
      jsonb_build_object('reason', 'stepped_up') from replaced
  ),`,
  isDue: sql`and exists (select from replaced)`,
  added: sql`0`,
  isDevice: sql`d.id = (select device_id from replaced)`,
  action: sql`'stepped_up'`,
});
