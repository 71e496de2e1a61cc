import { type SQL, sql } from "drizzle-orm";
import type { Tables } from "../tables.ts";
import type { Ends } from "./what-ends-with-what.ts";

const p = sql.placeholder;

/** Longer than any code or link lives: older rows need not be looked at. */
const PROOF_HOURS = 1;

/**
 * The statement that ends what a row of the table says, for an account that is locked. It returns
 * the sessions that ended.
 */
export const buildEnd = (t: Tables, ends: Ends): SQL => sql`
  with ${sql.join(
    [
      ...sessionSteps(t, ends),
      ...deviceSteps(t, ends),
      ...proofSteps(t, ends),
      ...keySteps(t, ends),
      ...providerSteps(t, ends),
    ],
    sql`, `,
  )}
  select family_id as session_id from ended`;

const WHICH_SESSIONS = {
  all: () => sql`true`,
  "all but the acting one": () => sql`h.family_id is distinct from ${p("actingSessionId")}::uuid`,
  "its own": (ends: Ends) =>
    ends.providerLinks === "its own"
      ? sql`h.connection_id = ${p("subjectId")}::uuid`
      : sql`h.device_id = ${p("subjectId")}::uuid`,
  kept: () => sql`false`,
} as const satisfies Record<Ends["sessions"], (ends: Ends) => SQL>;

/** How many are left: the count on the account is put right where that is known for certain. */
const SESSIONS_LEFT = {
  all: sql`0`,
  "all but the acting one": sql`case when ${p("actingSessionId")}::uuid is null then 0 else 1 end`,
  "its own": sql`greatest(0, u.session_count - (select count(*)::int from ended))`,
  kept: sql`u.session_count`,
} as const satisfies Record<Ends["sessions"], SQL>;

const sessionSteps = (t: Tables, ends: Ends): SQL[] => [
  sql`ended as (
    update ${t.refreshTokens} h set revoked_at = now(), revoked_reason = ${p("reason")}
    where h.user_id = ${p("userId")} and h.generation = 0 and h.revoked_at is null
      and ${WHICH_SESSIONS[ends.sessions](ends)}
    returning h.family_id, h.user_id
  )`,
  sql`revocation as (
    insert into ${t.revocations} (session_id) select family_id from ended on conflict do nothing
  )`,
  ...(ends.sessions === "kept"
    ? []
    : [
        sql`counted as (
    update ${t.users} u set session_count = ${SESSIONS_LEFT[ends.sessions]}
    where u.id = ${p("userId")}
  )`,
      ]),
  sql`audit as (
    insert into ${t.sessionAudits} (user_id, session_id, action, ip_address, user_agent, metadata)
    select user_id, family_id, 'ended', ${p("ipAddress")}, ${p("userAgent")},
      jsonb_build_object('reason', ${p("reason")}::text) from ended
  )`,
  sql`event as (
    insert into ${t.securityEvents} (event_type, severity, user_id, ip_address, user_agent, metadata)
    select 'mass_token_revocation', 'medium', user_id, ${p("ipAddress")}, ${p("userAgent")},
      jsonb_strip_nulls(jsonb_build_object('reason', ${p("reason")}::text, 'sessions', count(*),
        'actor', ${p("actor")}::text))
    from ended group by user_id
  )`,
];

const WHICH_DEVICES = {
  all: () => sql`true`,
  "all but the acting one": (t: Tables) => sql`d.id is distinct from (
    select acting.device_id from ${t.refreshTokens} acting
    where acting.family_id = ${p("actingSessionId")}::uuid and acting.generation = 0)`,
  "its own": () => sql`d.id = ${p("subjectId")}::uuid`,
  kept: () => sql`false`,
} as const satisfies Record<Ends["devices"], (t: Tables) => SQL>;

/** Both in one step: a statement updates a row once. */
const deviceSteps = (t: Tables, { devices, trust }: Ends): SQL[] => {
  const which = WHICH_DEVICES[devices](t);
  const isTouched = trust === "ended" ? sql`(d.trusted_until is not null or ${which})` : which;
  return devices === "kept" && trust === "kept"
    ? []
    : [
        sql`devices as (
    update ${t.userDevices} d set trusted_until = null,
      revoked_at = case when ${which} then now() end
    where d.user_id = ${p("userId")} and d.revoked_at is null and ${isTouched}
  )`,
      ];
};

/**
 * Codes and links by their rows, which whoever presents one must lock and read again; what has no
 * row of ours by the time since when proofs count.
 */
const proofSteps = (t: Tables, { codes, links, pendingSignIns }: Ends): SQL[] => [
  ...(codes === "ended"
    ? [
        sql`mail_codes as (${endCodes(sql`${t.emailDeliveryLog}`)})`,
        sql`text_codes as (${endCodes(sql`${t.smsDeliveryLog}`)})`,
      ]
    : []),
  ...(links === "ended"
    ? [
        sql`links as (
    update ${t.accountRecovery} r set revoked_at = now()
    where r.user_id = ${p("userId")} and r.used_at is null and r.revoked_at is null
      and r.created_at > ${proofsBegin}
  )`,
      ]
    : []),
  ...(pendingSignIns === "ended"
    ? [
        sql`proofs as (
    insert into ${t.attemptLanes} as l (lane_digest, window_started_at)
    values (${p("proofsScope")}, clock_timestamp())
    on conflict (lane_digest) do update set window_started_at = excluded.window_started_at
  )`,
      ]
    : []),
];

const proofsBegin = sql.raw(`now() - interval '${PROOF_HOURS} hour'`);

const endCodes = (log: SQL): SQL => sql`
    update ${log} d set revoked_at = now()
    where d.user_id = ${p("userId")} and d.challenge_id is not null and d.resend_of is null
      and d.consumed_at is null and d.revoked_at is null and d.created_at > ${proofsBegin}
  `;

/** A suspended key is one whose owner has no password that counts: see `verifyApiKey`. */
const keySteps = (t: Tables, { apiKeys }: Ends): SQL[] =>
  apiKeys === "ended"
    ? [
        sql`keys as (
    update ${t.apiKeys} k set revoked_at = now()
    where k.user_id = ${p("userId")} and k.revoked_at is null
  )`,
      ]
    : [];

const providerSteps = (t: Tables, { providerLinks }: Ends): SQL[] => {
  if (providerLinks === "all") {
    return [sql`connections as (delete from ${t.oauthConnections} where user_id = ${p("userId")})`];
  }
  return providerLinks === "its own"
    ? [
        sql`connections as (
    update ${t.oauthConnections} c set unlinked_at = now(), email_hint = null,
      encrypted_access_token = null, encrypted_refresh_token = null
    where c.user_id = ${p("userId")} and c.id = ${p("subjectId")}::uuid
  )`,
      ]
    : [];
};
