import { sql } from "drizzle-orm";
import type { Deps } from "../deps.ts";
import { announceEnding, type Ended } from "../endings/end-with-cause.ts";
import type { Origin } from "../http/origin.ts";
import { Problem } from "../problem.ts";
import type { SecondFactorMethod } from "../sessions/proof.ts";
import { statement } from "../statement.ts";
import type { TransactionStore } from "../transaction.ts";
import { endWithChange } from "./end-with-change.ts";
import type { FactorHolder } from "./find-holder.ts";
import { spendFactorAttempt } from "./spend-factor-attempt.ts";
import { useSecondFactor } from "./use-second-factor.ts";

const p = sql.placeholder;

/**
 * The backup codes stay with what is left, and go with the last. Enrolments that wait go too. An
 * app's own column of plain text is emptied by the triggers of its encryption.
 */
const remove = statement<{ method: string }>(
  (t) => sql`
    with removed as (
      delete from ${t.twoFactorAuth} f
      where f.user_id = ${p("userId")} and (${p("only")}::text is null or f.method = ${p("only")}::text)
      returning f.user_id, f.method, f.confirmed_at, f.backup_code_hashes
    ), kept as (
      update ${t.twoFactorAuth} f set backup_code_hashes = removed.backup_code_hashes
      from removed
      where cardinality(removed.backup_code_hashes) > 0 and f.id = (
        select o.id from ${t.twoFactorAuth} o
        where o.user_id = removed.user_id and o.method <> ${p("only")}::text
          and o.confirmed_at is not null
        order by o.confirmed_at limit 1)
    ), event as (
      insert into ${t.securityEvents} (event_type, severity, user_id, session_id, ip_address,
        user_agent, metadata)
      select 'two_factor_disabled', 'high', user_id, ${p("sessionId")}::uuid, ${p("ipAddress")},
        ${p("userAgent")}, jsonb_build_object('method', method)
      from removed where confirmed_at is not null
    )
    select method from removed where confirmed_at is not null`,
);

export type DisableFactorsInput = {
  holder: FactorHolder;
  /** Null for an account that has none. */
  password: string | null;
  method: SecondFactorMethod;
  code: string;
  /** The one to switch off; null for all. */
  only: "totp" | "sms" | "email" | null;
  origin: Origin;
};

/**
 * Switches second factors off, against the password and one of them. Which of the two was
 * wrong is not told, and each try is one attempt of the account's lane.
 *
 * @throws Problem factor_unavailable where there is nothing to switch off; invalid_code,
 *   account_locked, too_many_requests, otp_limit, service_unavailable.
 */
export async function disableFactors(deps: Deps, input: DisableFactorsInput): Promise<void> {
  const { holder, method, code, only, origin } = input;
  const { account, binding } = holder;
  const isOn = only === null ? account.hasFactor : account.enabled.includes(only);
  if (!isOn) {
    throw new Problem("factor_unavailable");
  }
  const reason = `disable ${method}`;
  const ended = await spendFactorAttempt(deps, { account, reason, origin }, async () =>
    (await hasPassword(deps, input))
      ? useSecondFactor(deps, { account, method, code, binding, origin }, (store) =>
          removeFactors(deps, store, input),
        )
      : null,
  );
  await announceEnding(deps, ended);
}

async function hasPassword(
  { passwords }: Deps,
  { holder, password }: DisableFactorsInput,
): Promise<boolean> {
  const { passwordHash } = holder.account;
  return passwordHash === null
    ? password === null
    : (await passwords.verify(passwordHash, password ?? "")).matches;
}

async function removeFactors(
  deps: Deps,
  store: TransactionStore,
  { holder, only, origin }: DisableFactorsInput,
): Promise<Ended> {
  const { account, binding } = holder;
  const { sessionId } = binding;
  const { ipAddress, userAgent } = origin;
  const values = { userId: account.userId, only, sessionId, ipAddress, userAgent };
  const removed = await remove(store, values);
  const at = deps.now().toISOString();
  return endWithChange(deps, store, {
    cause: "factor_disabled",
    account,
    notices: removed.map(({ method }) => ({
      name: "two_factor_disabled",
      variables: { method, at },
    })),
    sessionId,
    origin,
  });
}
