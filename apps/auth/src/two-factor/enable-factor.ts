import { digestBackupCode, generateBackupCodes } from "@postern/crypto";
import { sql } from "drizzle-orm";
import type { Deps } from "../deps.ts";
import type { Ended } from "../endings/end-with-cause.ts";
import type { Origin } from "../http/origin.ts";
import { statement } from "../statement.ts";
import type { TransactionStore } from "../transaction.ts";
import { endWithChange } from "./end-with-change.ts";
import type { FactorAccount } from "./find-factors.ts";

const p = sql.placeholder;

/**
 * Within 15 minutes of the enrolment, and of an app only the secret whose code was given. The codes
 * of an account stand in one row, that of the factor last enabled: earlier ones are gone.
 */
const confirm = statement<unknown>(
  (t) => sql`
    with confirmed as (
      update ${t.twoFactorAuth} f set confirmed_at = now(), last_used_at = now(),
        last_used_step = ${p("step")}::bigint, backup_code_hashes = ${p("codes")}::text[]
      where f.user_id = ${p("userId")} and f.method = ${p("method")} and f.confirmed_at is null
        and f.id = coalesce(${p("id")}::uuid, f.id) and f.created_at > now() - interval '15 minutes'
      returning f.id, f.user_id
    ), earlier_codes as (
      update ${t.twoFactorAuth} f set backup_code_hashes = null
      from confirmed where f.user_id = confirmed.user_id and f.id <> confirmed.id
    ), event as (
      insert into ${t.securityEvents} (event_type, severity, user_id, session_id, ip_address,
        user_agent, metadata)
      select 'two_factor_enabled', 'medium', user_id, ${p("sessionId")}::uuid, ${p("ipAddress")},
        ${p("userAgent")}, jsonb_build_object('method', ${p("method")}::text)
      from confirmed
    )
    select id from confirmed`,
);

export type NewFactor = {
  account: FactorAccount;
  /** Of TOTP the row that waits and the step of the code given; a sent code has neither. */
  factor: { method: "totp"; id: string; step: number } | { method: "sms" | "email" };
  sessionId: string;
  origin: Origin;
};

export type EnabledFactor = { backupCodes: string[]; ended: Ended };

/**
 * Switches a factor on, in the caller's transaction: the factor, its event and its notice, with new
 * backup codes. Other sessions and trusted devices end with it, because they began without it (ASVS
 * 7.4.3). Null where the factor is on already, or its enrolment is too old or was replaced.
 */
export async function enableFactor(
  deps: Deps,
  store: TransactionStore,
  { account, factor, sessionId, origin }: NewFactor,
): Promise<EnabledFactor | null> {
  const backupCodes = generateBackupCodes();
  const { method } = factor;
  const { userId } = account;
  const isTotp = factor.method === "totp";
  const values = {
    id: isTotp ? factor.id : null,
    step: isTotp ? factor.step : null,
    userId,
    method,
    codes: digestCodes(deps, account, backupCodes),
    sessionId,
    ipAddress: origin.ipAddress,
    userAgent: origin.userAgent,
  };
  const enabled = await confirm(store, values);
  if (enabled.length === 0) {
    return null;
  }
  const ended = await endWithChange(deps, store, {
    cause: "factor_enabled",
    account,
    notices: [{ name: "two_factor_enabled", variables: { method, at: deps.now().toISOString() } }],
    sessionId,
    origin,
  });
  return { backupCodes, ended };
}

/** What is stored of backup codes. */
export const digestCodes = (
  { digestKeys }: Pick<Deps, "digestKeys">,
  { userId }: FactorAccount,
  codes: readonly string[],
): (string | null)[] =>
  codes.map((code) => digestBackupCode(digestKeys, { accountId: String(userId), code }));
