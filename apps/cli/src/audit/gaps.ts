import { quoted } from "../quote.ts";

/** A rule that holds between what is and what is logged: how many rows break it. */
export type Rule = { readonly name: string; readonly sql: string };

/** Younger facts may be in a transaction that this one cannot see whole. */
const YOUNG = "interval '10 seconds'";
/** Older audits were removed by retention. */
const AUDITS_KEPT = "interval '89 days'";
const LOCK_MAX = "interval '25 hours'";

/** Each query counts the facts without their row (D1), and those it looked at. */
export function auditRules(schema: string, users: string): Rule[] {
  const table = (name: string) => `${quoted(schema)}.${quoted(name)}`;
  const heads = table("refresh_tokens");
  const audits = table("session_audits");
  return [
    {
      name: "live sessions have their first audit",
      sql: `select count(*)::int as checked, count(*) filter (where not exists (
          select from ${audits} a where a.session_id = h.family_id
            and a.action in ('started', 'stepped_up')))::int as gaps
        from ${heads} h where h.generation = 0 and h.revoked_at is null
          and h.absolute_expires_at > now()
          and h.created_at between now() - ${AUDITS_KEPT} and now() - ${YOUNG}`,
    },
    {
      name: "ended sessions have the audit of their end",
      sql: `select count(*)::int as checked, count(*) filter (where not exists (
          select from ${audits} a where a.session_id = h.family_id and a.action = 'ended'))::int as gaps
        from ${heads} h where h.generation = 0
          and h.revoked_at between now() - ${AUDITS_KEPT} and now() - ${YOUNG}`,
    },
    {
      name: "sessions that ended today are in the list of revocations",
      sql: `select count(*)::int as checked, count(*) filter (where not exists (
          select from ${table("revocations")} r where r.session_id = h.family_id))::int as gaps
        from ${heads} h where h.generation = 0
          and h.revoked_at between now() - interval '23 hours' and now() - ${YOUNG}`,
    },
    {
      name: "locked accounts have the event of their lock",
      sql: `select count(*)::int as checked, count(*) filter (where not exists (
          select from ${table("security_events")} e where e.user_id = u.id
            and e.event_type = 'account_locked' and e.created_at > now() - ${LOCK_MAX}))::int as gaps
        from ${users} u where u.account_locked_until > now()`,
    },
    {
      name: "disabled accounts have no live session",
      sql: `select count(*)::int as checked, count(*) filter (where exists (
          select from ${heads} h where h.user_id = u.id and h.generation = 0
            and h.revoked_at is null and h.absolute_expires_at > now()))::int as gaps
        from ${users} u where u.disabled_at < now() - ${YOUNG}`,
    },
  ];
}
