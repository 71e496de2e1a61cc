import { sql } from "drizzle-orm";
import type { Deps } from "../deps.ts";
import type { Origin } from "../http/origin.ts";
import { Problem } from "../problem.ts";
import { hasFactor, readFactors } from "../sessions/factor-gate.ts";
import { levelOf } from "../sessions/level-of.ts";
import { requireRecentSignIn, SENSITIVE_SECONDS } from "../sessions/require-recent-sign-in.ts";
import type { AccessClaims } from "../sessions/verified-tokens.ts";
import { statement } from "../statement.ts";
import { TRUST_DAYS } from "./trust-days.ts";

const p = sql.placeholder;

/**
 * An account with a second factor lets only a session that passed it trust a device: otherwise a
 * device that is trusted would renew its own trust for ever.
 */
const change = statement<{ is_changed: boolean }>(
  (t) => sql`
    with account as materialized (
      select u.id from ${t.users} u where u.id = ${p("userId")} for no key update of u
    ), factors as materialized (${readFactors(t, sql`account`)}
    ), device as materialized (
      select d.id, d.user_id, ${p("trusted")}::boolean is not true or ${p("hasTwoSteps")}::boolean
        or not ${hasFactor(t, sql`factors`)} as is_allowed
      from ${t.userDevices} d, account u
      where d.id = ${p("deviceId")}::uuid and d.user_id = u.id and d.revoked_at is null
      for update of d
    ), changed as (
      update ${t.userDevices} d set name = coalesce(${p("name")}, d.name), trusted_until = case
        when ${p("trusted")}::boolean is null then d.trusted_until
        when ${p("trusted")}::boolean then now() + make_interval(days => ${sql.raw(String(TRUST_DAYS))}) end
      from device where d.id = device.id and device.is_allowed
      returning d.id, d.user_id, d.trusted_until
    ), event as (
      insert into ${t.securityEvents} (event_type, severity, user_id, session_id, ip_address,
        user_agent, metadata)
      select 'device_trusted', 'medium', user_id, ${p("sessionId")}::uuid, ${p("ipAddress")},
        ${p("userAgent")}, jsonb_build_object('device_id', id, 'until', trusted_until)
      from changed where ${p("trusted")}::boolean
    )
    select exists (select from changed) as is_changed from device`,
);

export type ChangeDeviceInput = {
  deviceId: string;
  claims: AccessClaims;
  /** Shown to its owner alone, never in a mail. */
  name?: string | undefined;
  trusted?: boolean | undefined;
  origin: Origin;
};

/**
 * Names one of the caller's devices, or lets it leave the second step out for 30 days at most.
 *
 * @throws Problem not_found for another's device; step_up_required where trust needs a sign-in of
 *   the last 15 minutes, or one that passed the second step.
 */
export async function changeDevice(deps: Deps, input: ChangeDeviceInput): Promise<void> {
  const { deviceId, claims, name, trusted, origin } = input;
  if (trusted) {
    await requireRecentSignIn(deps, claims, SENSITIVE_SECONDS);
  }
  const [row] = await change(deps, {
    deviceId,
    userId: claims.sub,
    sessionId: claims.sid,
    name: name ?? null,
    trusted: trusted ?? null,
    hasTwoSteps: levelOf(claims.amr) !== "one_step",
    ipAddress: origin.ipAddress,
    userAgent: origin.userAgent,
  });
  if (!row) {
    throw new Problem("not_found");
  }
  if (!row.is_changed) {
    throw new Problem("step_up_required");
  }
}
