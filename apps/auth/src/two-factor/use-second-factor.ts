import { sql } from "drizzle-orm";
import type { Deps } from "../deps.ts";
import type { Origin } from "../http/origin.ts";
import type { CodeBinding } from "../one-time-codes/code-binding.ts";
import type { SecondFactorMethod } from "../sessions/proof.ts";
import { statement } from "../statement.ts";
import type { TransactionStore } from "../transaction.ts";
import { checkBackupCode } from "./check-backup-code.ts";
import { checkTotp } from "./check-totp.ts";
import type { FactorAccount } from "./find-factors.ts";
import { lockAccount } from "./lock-account.ts";
import type { RightFactor } from "./right-factor.ts";
import { checkSentCode } from "./sent-code.ts";

const p = sql.placeholder;

/** A factor that was switched off a moment ago is none. */
const noteUse = statement<unknown>(
  (t) => sql`
    update ${t.twoFactorAuth} set last_used_at = now()
    where user_id = ${p("userId")} and method = ${p("method")} and confirmed_at is not null
    returning id`,
);

export type FactorPresented = {
  account: FactorAccount;
  method: SecondFactorMethod;
  code: string;
  /** Whose a code by mail or text message must be: the session, or the pending sign-in. */
  binding: CodeBinding;
  origin: Origin;
};

/**
 * Checks a second factor and, where it is right, uses it up in the transaction in which `act` does
 * what it was for: both or neither. Null where it is wrong, used, or not offered beside the first
 * step; then nothing was done.
 *
 * Attempts are not counted here: see `spendFactorAttempt`.
 */
export async function useSecondFactor<Result>(
  deps: Deps,
  presented: FactorPresented,
  act: (store: TransactionStore) => Promise<Result>,
): Promise<Result | null> {
  const right = await check(deps, presented);
  if (!right) {
    return null;
  }
  try {
    return await deps.db.transaction(async (db) => {
      const store = { db, tables: deps.tables };
      await lockAccount(store, presented.account.userId);
      return (await right.use(store)) ? act(store) : null;
    });
  } catch (error) {
    await right.giveBack?.();
    throw error;
  }
}

async function check(deps: Deps, presented: FactorPresented): Promise<RightFactor | null> {
  const { account, method, code, origin } = presented;
  if (!account.offered.includes(method)) {
    return null;
  }
  if (method === "totp") {
    return checkTotp(deps, account, code);
  }
  return method === "backup_code"
    ? checkBackupCode(deps, account, { code, origin })
    : checkSent(deps, presented, method);
}

async function checkSent(
  deps: Deps,
  { account, code, binding, origin }: FactorPresented,
  channel: "sms" | "email",
): Promise<RightFactor | null> {
  const right = await checkSentCode(deps, { account, channel, binding, origin }, code);
  const values = { userId: account.userId, method: channel };
  return (
    right && {
      ...right,
      use: async (store) => (await right.use(store)) && (await noteUse(store, values)).length === 1,
    }
  );
}
