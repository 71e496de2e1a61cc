import { sql } from "drizzle-orm";
import type { Deps } from "../deps.ts";
import type { Origin } from "../http/origin.ts";
import { codeValues, consumingSteps } from "../one-time-codes/consuming-steps.ts";
import { statement } from "../statement.ts";
import { toUserView, USER_COLUMNS, type UserRow, type UserView } from "./account.ts";

const p = sql.placeholder;

/** Uses up the code's delivery row and verifies the email that it went to, if it is still theirs. */
const verify = statement<UserRow>(
  (t) => sql`
    with ${consumingSteps(t, ["email", "reset"])}, verified as (
      update ${t.users} u set email_verified_at = coalesce(u.email_verified_at, now()), updated_at = now()
      from consumed
      where u.id = consumed.user_id
      returning ${sql.raw(USER_COLUMNS)}
    ), event as (
      insert into ${t.securityEvents} (event_type, user_id, ip_address, user_agent)
      select 'email_verified', id, ${p("ipAddress")}, ${p("userAgent")} from verified
    )
    select * from verified`,
);

export type VerifyEmailInput = { challengeId: string; recipient: string; origin: Origin };

/** Marks the email as verified. Null where the code was used before or the email changed since. */
export async function verifyEmail(deps: Deps, input: VerifyEmailInput): Promise<UserView | null> {
  const { challengeId, recipient, origin } = input;
  const { ipAddress, userAgent } = origin;
  const code = codeValues(deps, { challengeId, channel: "email", recipient });
  const [row] = await verify(deps, { ...code, ipAddress, userAgent });
  return row ? toUserView(row) : null;
}
