import { sql } from "drizzle-orm";
import type { Deps } from "../deps.ts";
import type { Origin } from "../http/origin.ts";
import { statement } from "../statement.ts";

const p = sql.placeholder;

/** The account is found by the challenge's delivery row; a decoy's has none. */
const record = statement<unknown>(
  (t) => sql`
    insert into ${t.securityEvents} (event_type, severity, user_id, ip_address, user_agent, metadata)
    select 'otp_failed', 'medium', d.user_id, ${p("ipAddress")}, ${p("userAgent")},
      jsonb_build_object('reason', ${p("reason")}::text, 'template', d.template)
    from (values (1)) as always left join ${t.emailDeliveryLog} d
      on d.challenge_id = ${p("challengeId")} and d.resend_of is null`,
);

export type CodeFailure = {
  challengeId: string;
  reason: "wrong" | "used";
  origin: Origin;
};

/** Writes otp_failed. The code that was typed is in no row. */
export async function recordCodeFailure(deps: Deps, failure: CodeFailure): Promise<void> {
  const { challengeId, reason, origin } = failure;
  const { ipAddress, userAgent } = origin;
  await record(deps, { challengeId, reason, ipAddress, userAgent });
}
