import { generateBackupCodes } from "@postern/crypto";
import { sql } from "drizzle-orm";
import type { Deps } from "../deps.ts";
import { announceEnding } from "../endings/end-with-cause.ts";
import type { Origin } from "../http/origin.ts";
import type { SecondFactorMethod } from "../sessions/proof.ts";
import { statement } from "../statement.ts";
import type { TransactionStore } from "../transaction.ts";
import { digestCodes, type EnabledFactor } from "./enable-factor.ts";
import { endWithChange } from "./end-with-change.ts";
import type { FactorHolder } from "./find-holder.ts";
import { spendFactorAttempt } from "./spend-factor-attempt.ts";
import { useSecondFactor } from "./use-second-factor.ts";

const p = sql.placeholder;

const replace = statement<unknown>(
  (t) => sql`
    with holder as (
      select f.id from ${t.twoFactorAuth} f
      where f.user_id = ${p("userId")} and f.confirmed_at is not null
      order by f.confirmed_at limit 1
    ), replaced as (
      update ${t.twoFactorAuth} f
      set backup_code_hashes = case when f.id = holder.id then ${p("codes")}::text[] end
      from holder where f.user_id = ${p("userId")}
      returning f.user_id
    )
    insert into ${t.securityEvents} (event_type, severity, user_id, session_id, ip_address, user_agent)
    select 'backup_codes_replaced', 'medium', user_id, ${p("sessionId")}::uuid, ${p("ipAddress")},
      ${p("userAgent")}
    from replaced limit 1`,
);

export type ReplaceBackupCodesInput = {
  holder: FactorHolder;
  method: SecondFactorMethod;
  code: string;
  origin: Origin;
};

/**
 * Makes ten new backup codes against a factor, and answers them this once. Earlier ones are gone,
 * and with them the other sessions.
 *
 * @throws Problem invalid_code, account_locked, too_many_requests, otp_limit, service_unavailable.
 */
export async function replaceBackupCodes(
  deps: Deps,
  { holder, method, code, origin }: ReplaceBackupCodesInput,
): Promise<string[]> {
  const { account, binding } = holder;
  const reason = `replace codes ${method}`;
  const { backupCodes, ended } = await spendFactorAttempt(deps, { account, reason, origin }, () =>
    useSecondFactor(deps, { account, method, code, binding, origin }, (store) =>
      keepNew(deps, store, { holder, origin }),
    ),
  );
  await announceEnding(deps, ended);
  return backupCodes;
}

async function keepNew(
  deps: Deps,
  store: TransactionStore,
  { holder, origin }: Pick<ReplaceBackupCodesInput, "holder" | "origin">,
): Promise<EnabledFactor> {
  const { account, binding } = holder;
  const { sessionId } = binding;
  const backupCodes = generateBackupCodes();
  await replace(store, {
    userId: account.userId,
    codes: digestCodes(deps, account, backupCodes),
    sessionId,
    ipAddress: origin.ipAddress,
    userAgent: origin.userAgent,
  });
  const ended = await endWithChange(deps, store, {
    cause: "factor_changed",
    account,
    notices: [{ name: "backup_codes_replaced", variables: { at: deps.now().toISOString() } }],
    sessionId,
    origin,
  });
  return { backupCodes, ended };
}
