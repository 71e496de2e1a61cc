import { findChallenge, restoreCode } from "@postern/counters";
import { normaliseEmail } from "@postern/crypto";
import type { MessageChannel } from "@postern/messages";
import { readPhone } from "../contacts/phone-at-rest.ts";
import type { Deps } from "../deps.ts";
import type { Origin } from "../http/origin.ts";
import { bindingOf, newChallengeId, recipientDigest } from "../one-time-codes/challenge.ts";
import type { CodeBinding } from "../one-time-codes/code-binding.ts";
import { consumeCode } from "../one-time-codes/consume-code.ts";
import { presentCode } from "../one-time-codes/present-code.ts";
import { refundSend } from "../one-time-codes/refund-send.ts";
import { laneOf, type SentCode, sendCode } from "../one-time-codes/send-code.ts";
import { Problem } from "../problem.ts";
import { UNREADABLE } from "../sealed-values/read-sealed-value.ts";
import type { FactorAccount } from "./find-factors.ts";
import type { RightFactor } from "./right-factor.ts";

const purpose = "second_factor";
const CODE = /^\d{6}$/;

/** A second step by a code that is sent, and who it is bound to. */
export type SentStep = {
  account: FactorAccount;
  channel: MessageChannel;
  binding: CodeBinding;
  origin: Origin;
};

/** The verified address or number of an account, normalised; null where it has none. */
async function findRecipient(
  deps: Deps,
  account: FactorAccount,
  channel: MessageChannel,
): Promise<string | null> {
  if (channel === "email") {
    return account.isEmailVerified ? normaliseEmail(account.email) : null;
  }
  const { userId, isPhoneVerified, sealedPhone } = account;
  const sealed = isPhoneVerified ? sealedPhone : null;
  const phone = await readPhone(deps, deps, { userId, sealed });
  return phone === UNREADABLE ? null : phone;
}

/**
 * Sends a code to the account's own verified address or number. It works beside the session, or the
 * pending sign-in, that asked for it.
 *
 * @throws Problem factor_unavailable, otp_cooldown, otp_limit; service_unavailable without Redis.
 */
export async function sendFactorCode(
  deps: Deps,
  { account, channel, binding, origin }: SentStep,
): Promise<SentCode> {
  const recipient = await findRecipient(deps, account, channel);
  if (recipient === null) {
    throw new Problem("factor_unavailable");
  }
  return sendCode(deps, { purpose, channel, recipient, binding, origin });
}

/**
 * Checks the code that was last sent for this session or pending sign-in; null where it is wrong or
 * there is none. The counts of R-22 hold beside those of the account's lane.
 *
 * @throws Problem otp_limit; service_unavailable without Redis.
 */
export async function checkSentCode(
  deps: Deps,
  { account, channel, binding, origin }: SentStep,
  code: string,
): Promise<RightFactor | null> {
  const recipient = await findRecipient(deps, account, channel);
  const challengeId =
    recipient !== null && CODE.test(code) ? await find(deps, recipient, binding) : null;
  if (challengeId === null) {
    return null;
  }
  const presented = { challengeId, code, purposes: [purpose], binding, origin } as const;
  const payload = await orNullWhereWrong(presentCode(deps, presented));
  if (payload?.channel !== channel) {
    return null;
  }
  await refundSend(deps, payload);
  const used = { challengeId, channel, recipient: payload.recipient, what: "present" } as const;
  return {
    use: async (store) => String(await consumeCode(deps, store, used)) === String(account.userId),
    giveBack: () => restoreCode(deps.counters, challengeId),
  };
}

/** Callers name the pending sign-in and not the challenge: the newest that is bound to it counts. */
const find = (deps: Deps, recipient: string, binding: CodeBinding): Promise<string | null> =>
  findChallenge(deps.counters, {
    slotOf: newChallengeId(deps, recipient),
    recipientDigest: recipientDigest(deps, recipient),
    lane: laneOf(binding),
    purpose,
    bindingDigest: bindingOf(deps, binding).bindingDigest ?? "",
  });

async function orNullWhereWrong<Result>(presented: Promise<Result>): Promise<Result | null> {
  try {
    return await presented;
  } catch (error) {
    if (error instanceof Problem && error.code === "invalid_code") {
      return null;
    }
    throw error;
  }
}
