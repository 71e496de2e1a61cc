import { verifyTotp } from "@postern/crypto";
import type { Deps } from "../deps.ts";
import type { Origin } from "../http/origin.ts";
import { Problem } from "../problem.ts";
import { announceEnd } from "../sessions/announce-end.ts";
import { enableFactor } from "./enable-factor.ts";
import type { FactorAccount } from "./find-factors.ts";
import { lockAccount } from "./lock-account.ts";
import { readTotpSecret } from "./read-totp-secret.ts";

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
 *   minutes.
 */
export async function confirmTotp(
  deps: Deps,
  { account, code, sessionId, origin }: ConfirmTotpInput,
): Promise<string[]> {
  const { totp } = account;
  if (totp?.isConfirmed || account.plainSecret !== null) {
    throw new Problem("factor_enabled");
  }
  const secret = totp && (await readTotpSecret(deps, account));
  const step =
    totp && secret ? verifyTotp({ secret, code, now: deps.now(), lastUsedStep: null }) : null;
  if (!totp || step === null) {
    throw new Problem("invalid_code");
  }
  const factor = { method: "totp", id: totp.id, step } as const;
  const enabled = await deps.db.transaction(async (db) => {
    const store = { db, tables: deps.tables };
    await lockAccount(store, account.userId);
    return enableFactor(deps, store, { account, factor, sessionId, origin });
  });
  if (!enabled) {
    throw new Problem("invalid_code");
  }
  await announceEnd(deps, enabled.ended);
  return enabled.backupCodes;
}
