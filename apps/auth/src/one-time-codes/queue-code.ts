import { setTimeout as sleep } from "node:timers/promises";
import { chooseLocale, codeMessage, sealMessage } from "@postern/messages";
import type { Deps } from "../deps.ts";
import type { Origin } from "../http/origin.ts";
import { noticeLocale } from "../notices/notice-step.ts";
import type { ChallengePayload } from "./challenge.ts";
import { queueStatements } from "./queue-statements.ts";
import { recipientKey } from "./recipient.ts";

export type QueueCodeInput = {
  challengeId: string;
  payload: ChallengePayload;
  lifeSeconds: number;
  isResend: boolean;
  /** The message says that the other channel may be used as well. */
  offersOtherChannel?: boolean;
  origin: Origin;
};

/**
 * No answer comes sooner. The row of a known address costs 0.05 ms more than that of an unknown one,
 * 3 % of the shortest answer: keys that point at the account, and a payload. Here it is 0.5 %.
 */
const ANSWER_MILLISECONDS_MIN = 10;

/** For an address that is to become somebody's: what a sign-up and a change of email ask for. */
const NEW_EMAIL: ReadonlySet<string> = new Set(["sign_up", "change_email"]);

/**
 * Queues the message that carries a challenge's code. The notifier derives the code when it sends.
 * How long it takes tells nobody whether there was anybody to send it to.
 *
 * @throws TypeError for a purpose that has no message over that channel.
 */
export async function queueCode(deps: Deps, input: QueueCodeInput): Promise<void> {
  await Promise.all([queue(deps, input), sleep(ANSWER_MILLISECONDS_MIN)]);
}

async function queue(deps: Deps, input: QueueCodeInput): Promise<void> {
  const { payload, origin } = input;
  const { channel, recipient, purpose, sessionId, userId } = payload;
  const { ipAddress, userAgent } = origin;
  const values = {
    ...sealCode(deps, input),
    recipient: recipientKey(deps, channel, recipient),
    purpose,
    sessionId,
    userId,
    ipAddress,
    userAgent,
  };
  if (NEW_EMAIL.has(purpose)) {
    await queueStatements.nobodyYet(deps, {
      ...values,
      ...sealNotice(deps, input),
      reason: "address_taken",
    });
  } else {
    const target = userId === null ? queueStatements.anyone : queueStatements.asker;
    await target[channel](deps, { ...values, reason: "unknown_account" });
  }
}

function sealCode(deps: Deps, input: QueueCodeInput) {
  const { challengeId, payload, lifeSeconds, isResend, offersOtherChannel, origin } = input;
  const { channel, purpose, recipient, seed, deliveryId } = payload;
  const name = codeMessage(channel, purpose);
  if (name === null) {
    throw new TypeError("No message carries a code of this purpose over this channel.");
  }
  return sealMessage(deps, {
    name,
    ...(isResend ? { resendOf: deliveryId } : { id: deliveryId }),
    to: recipient,
    seed,
    challengeId,
    lifeSeconds,
    ...(offersOtherChannel ? { offersOtherChannel } : {}),
    locale: chooseLocale(origin.acceptLanguage),
  });
}

/** What the owner of an address gets when somebody else wants it for an account: see `noticeLocale`. */
function sealNotice(deps: Deps, { payload, lifeSeconds }: QueueCodeInput) {
  const notice = sealMessage(deps, {
    name: "already_signed_up",
    to: payload.recipient,
    lifeSeconds,
    locale: noticeLocale(undefined),
  });
  return {
    noticeId: notice.id,
    noticeTemplate: notice.template,
    noticeLocale: notice.locale,
    noticePriority: notice.priority,
    noticePayload: notice.sealedPayload,
  };
}
