import { type SQL, sql } from "drizzle-orm";
import type { Deps } from "../deps.ts";
import type { Origin } from "../http/origin.ts";
import { isoTime } from "../iso-time.ts";
import { queueNotice } from "../notices/queue-notice.ts";
import { statement } from "../statement.ts";
import type { Tables, UserId } from "../tables.ts";
import type { ChallengePayload } from "./challenge.ts";

const p = sql.placeholder;

type Victim = { id: UserId; email: string; at: number };

/** The event, and the account whose code it was; a decoy's is nobody's. */
const record = (log: (t: Tables) => SQL) =>
  statement<Victim>(
    (t) => sql`
    with victim as (
      select u.id, lower(u.email) as email from ${log(t)} d join ${t.users} u on u.id = d.user_id
      where d.challenge_id = ${p("challengeId")} and d.resend_of is null
    ), event as (
      insert into ${t.securityEvents} (event_type, severity, user_id, ip_address, user_agent, metadata)
      select 'brute_force_detected', 'high', victim.id, ${p("ipAddress")}, ${p("userAgent")},
        jsonb_build_object('what', 'codes', 'purpose', ${p("purpose")}::text,
          'channel', ${p("channel")}::text)
      from (values (1)) as always left join victim on true
    )
    select id, email, extract(epoch from now())::float8 as at from victim`,
  );

const recordFor = {
  email: record((t) => sql`${t.emailDeliveryLog}`),
  sms: record((t) => sql`${t.smsDeliveryLog}`),
};

export type Guessing = { challengeId: string; payload: ChallengePayload; origin: Origin };

/**
 * Tells the owner that somebody is guessing codes: the bound of R-22 was reached, over
 * whatever many challenges. Once a window; where nobody has the recipient there is the event alone.
 */
export async function warnOfGuessing(deps: Deps, guessing: Guessing): Promise<void> {
  const { challengeId, payload, origin } = guessing;
  const { purpose, channel } = payload;
  const { ipAddress, userAgent } = origin;
  await deps.db.transaction(async (db) => {
    const store = { db, tables: deps.tables };
    const values = { challengeId, purpose, channel, ipAddress, userAgent };
    const [victim] = await recordFor[channel](store, values);
    if (victim) {
      await queueNotice(deps, store, {
        addressee: { userId: victim.id, email: victim.email },
        notice: { name: "code_guessing", variables: { at: isoTime(victim.at) } },
      });
    }
  });
}
