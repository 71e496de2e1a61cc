import type { Deps } from "../deps.ts";
import type { Origin } from "../http/origin.ts";
import type { CodeBinding } from "../one-time-codes/code-binding.ts";
import type { SecondFactorMethod } from "../sessions/proof.ts";
import type { TransactionStore } from "../transaction.ts";
import type { FactorAccount } from "./find-factors.ts";
import type { RightFactor } from "./right-factor.ts";
import { checkSentCode } from "./sent-code.ts";
import { checkBackupCode } from "./use-backup-code.ts";
import { checkTotp } from "./use-totp.ts";

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
      return (await right.use(store)) ? act(store) : null;
    });
  } catch (error) {
    await right.giveBack?.();
    throw error;
  }
}

async function check(deps: Deps, presented: FactorPresented): Promise<RightFactor | null> {
  const { account, method, code, binding, origin } = presented;
  if (!account.offered.includes(method)) {
    return null;
  }
  switch (method) {
    case "totp":
      return checkTotp(deps, account, code);
    case "backup_code":
      return checkBackupCode(deps, account, { code, origin });
    default:
      return checkSentCode(deps, { account, channel: method, binding, origin }, code);
  }
}
