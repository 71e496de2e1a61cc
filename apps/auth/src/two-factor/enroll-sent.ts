import { randomUUIDv7 } from "node:crypto";
import type { Deps } from "../deps.ts";
import { announceEnding } from "../endings/end-with-cause.ts";
import type { SentCode } from "../one-time-codes/send-code.ts";
import { Problem } from "../problem.ts";
import { beginEnrolment } from "./begin-enrolment.ts";
import { type EnabledFactor, enableFactor } from "./enable-factor.ts";
import { lockAccount } from "./lock-account.ts";
import type { RightFactor } from "./right-factor.ts";
import { checkSentCode, type SentStep, sendFactorCode } from "./sent-code.ts";
import { spendFactorAttempt } from "./spend-factor-attempt.ts";

/**
 * Begins to use codes by mail or text message as a second factor: one goes to the account's own
 * verified address or number, never to another.
 *
 * @throws Problem factor_enabled; factor_unavailable without such an address or number; otp_cooldown,
 *   otp_limit, service_unavailable.
 */
export async function enrollSent(deps: Deps, step: SentStep): Promise<SentCode> {
  refuseEnabled(step);
  const { account, channel: method } = step;
  const sent = await sendFactorCode(deps, step);
  if (!(await beginEnrolment(deps, { account, id: randomUUIDv7(), method, sealed: null }))) {
    throw new Problem("factor_enabled");
  }
  return sent;
}

/**
 * Switches it on by that code. Answers the backup codes, which are shown this once.
 *
 * @throws Problem factor_enabled, invalid_code, account_locked, too_many_requests, otp_limit,
 *   service_unavailable.
 */
export async function confirmSent(deps: Deps, step: SentStep, code: string): Promise<string[]> {
  refuseEnabled(step);
  const { account, channel, origin } = step;
  const attempt = { account, lane: "enrolment", reason: `${channel}_enrolment`, origin } as const;
  const enabled = await spendFactorAttempt(deps, attempt, async () => {
    const right = await checkSentCode(deps, step, code);
    return right && useForEnrolment(deps, step, right);
  });
  await announceEnding(deps, enabled.ended);
  return enabled.backupCodes;
}

async function useForEnrolment(
  deps: Deps,
  step: SentStep,
  right: RightFactor,
): Promise<EnabledFactor | null> {
  try {
    return await deps.db.transaction(async (db) => {
      const store = { db, tables: deps.tables };
      await lockAccount(store, step.account.userId);
      return (await right.use(store)) ? enable(deps, store, step) : null;
    });
  } catch (error) {
    await right.giveBack?.();
    throw error;
  }
}

function enable(
  deps: Deps,
  store: Parameters<typeof enableFactor>[1],
  { account, channel: method, binding, origin }: SentStep,
): Promise<EnabledFactor | null> {
  const { sessionId } = binding;
  return enableFactor(deps, store, { account, factor: { method }, sessionId, origin });
}

function refuseEnabled({ account, channel }: SentStep): void {
  if (account.enabled.includes(channel)) {
    throw new Problem("factor_enabled");
  }
}
