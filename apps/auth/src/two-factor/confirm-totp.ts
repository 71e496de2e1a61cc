import { verifyTotp } from "@postern/crypto";
import type { Deps } from "../deps.ts";
import { announceEnding } from "../endings/end-with-cause.ts";
import type { Origin } from "../http/origin.ts";
import { Problem } from "../problem.ts";
import { enableFactor } from "./enable-factor.ts";
import type { FactorAccount } from "./find-factors.ts";
import { lockAccount } from "./lock-account.ts";
import { readTotpSecret } from "./read-totp-secret.ts";
import { spendFactorAttempt } from "./spend-factor-attempt.ts";

export type ConfirmTotpInput = {
  account: FactorAccount;
  code: string;
  sessionId: string;
  origin: Origin;
};

/**
 * Switches an authenticator app on by a first code of it, which is used up. Answers the backup
 * codes, which are shown this once.
 *
 * @throws Problem factor_enabled; invalid_code also where no enrolment waits, or longer than 15
 *   minutes; account_locked, too_many_requests: the guesses have a bound of their own.
 */
export async function confirmTotp(
  deps: Deps,
  { account, code, sessionId, origin }: ConfirmTotpInput,
): Promise<string[]> {
  const { totp } = account;
  if (totp?.isConfirmed || account.plainSecret !== null) {
    throw new Problem("factor_enabled");
  }
  const attempt = { account, lane: "enrolment", reason: "totp_enrolment", origin } as const;
  const enabled = await spendFactorAttempt(deps, attempt, async () => {
    const secret = totp && (await readTotpSecret(deps, account));
    const step =
      totp && secret ? verifyTotp({ secret, code, now: deps.now(), lastUsedStep: null }) : null;
    if (!totp || step === null) {
      return null;
    }
    const factor = { method: "totp", id: totp.id, step } as const;
    return deps.db.transaction(async (db) => {
      const store = { db, tables: deps.tables };
      await lockAccount(store, account.userId);
      return enableFactor(deps, store, { account, factor, sessionId, origin });
    });
  });
  await announceEnding(deps, enabled.ended);
  return enabled.backupCodes;
}
