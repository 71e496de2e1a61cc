import type { CodePurpose, MessageChannel } from "@postern/messages";
import { type SQL, sql } from "drizzle-orm";
import type { Deps } from "../deps.ts";
import type { Origin } from "../http/origin.ts";
import { statement } from "../statement.ts";
import type { Tables } from "../tables.ts";

const p = sql.placeholder;

/** The account is found by the challenge's delivery row; a decoy's belongs to none. */
const record = (log: (t: Tables) => SQL) =>
  statement<unknown>(
    (t) => sql`
    insert into ${t.securityEvents} (event_type, severity, user_id, ip_address, user_agent, metadata)
    select 'otp_failed', 'medium', d.user_id, ${p("ipAddress")}, ${p("userAgent")},
      jsonb_build_object('reason', ${p("reason")}::text, 'purpose', ${p("purpose")}::text,
        'channel', ${p("channel")}::text)
    from (values (1)) as always left join ${log(t)} d
      on d.challenge_id = ${p("challengeId")} and d.resend_of is null`,
  );

const recordFor = {
  email: record((t) => sql`${t.emailDeliveryLog}`),
  sms: record((t) => sql`${t.smsDeliveryLog}`),
};

export type CodeFailure = {
  challengeId: string;
  purpose: CodePurpose;
  channel: MessageChannel;
  reason: "wrong" | "used";
  origin: Origin;
};

/** Writes otp_failed. The code that was typed is in no row. */
export async function recordCodeFailure(deps: Deps, failure: CodeFailure): Promise<void> {
  const { challengeId, purpose, channel, reason, origin } = failure;
  const { ipAddress, userAgent } = origin;
  await recordFor[channel](deps, { challengeId, purpose, channel, reason, ipAddress, userAgent });
}
