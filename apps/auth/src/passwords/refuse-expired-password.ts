import { sql } from "drizzle-orm";
import { describeIdentifier } from "../attempts/describe-identifier.ts";
import type { Deps } from "../deps.ts";
import type { Origin } from "../http/origin.ts";
import { Problem } from "../problem.ts";
import { statement } from "../statement.ts";
import type { UserId } from "../tables.ts";

const p = sql.placeholder;

const record = statement<unknown>(
  (t) => sql`
    with attempt as (
      insert into ${t.loginAttempts} (identifier_hint, identifier_index, user_id, ip_address,
        user_agent, attempt_result, device_id)
      values (${p("identifierHint")}, ${p("identifierIndex")}, ${p("userId")}, ${p("ipAddress")},
        ${p("userAgent")}, 'expired_password', ${p("deviceId")})
    )
    insert into ${t.securityEvents} (event_type, severity, user_id, ip_address, user_agent)
    values ('password_expired', 'medium', ${p("userId")}, ${p("ipAddress")}, ${p("userAgent")})`,
);

export type ExpiredPassword = {
  userId: UserId;
  identifier: string;
  deviceId: string | null;
  origin: Origin;
};

/**
 * Refuses a password that was right but is too old, or that an operator has ended on evidence of
 * compromise. The way on is a reset by mail.
 *
 * Said only after the password was found right, so it tells a guesser what a second step tells:
 * that. No session and no pending token is made, so the second factor has nothing to add.
 *
 * @throws Problem password_expired, always.
 */
export async function refuseExpiredPassword(deps: Deps, refused: ExpiredPassword): Promise<never> {
  const { userId, identifier, deviceId, origin } = refused;
  const { ipAddress, userAgent } = origin;
  const described = describeIdentifier(deps.digestKeys, identifier);
  await record(deps, { ...described, userId, deviceId, ipAddress, userAgent });
  throw new Problem("password_expired");
}
