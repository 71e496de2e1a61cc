import { codeMessage, sealMessage } from "@postern/messages";
import type { Deps } from "../deps.ts";
import type { Origin } from "../http/origin.ts";
import type { ChallengePayload } from "./challenge.ts";
import { queueStatements } from "./queue-statements.ts";
import { recipientKey } from "./recipient.ts";

export type QueueCodeInput = {
  challengeId: string;
  payload: ChallengePayload;
  lifeSeconds: number;
  isResend: boolean;
  origin: Origin;
};

/** For an address that is to become somebody's: what a sign-up and a change of email ask for. */
const NEW_EMAIL: ReadonlySet<string> = new Set(["sign_up", "change_email"]);

/**
 * Queues the message that carries a challenge's code. The notifier derives the code when it sends.
 *
 * @throws TypeError for a purpose that has no message over that channel.
 */
export async function queueCode(deps: Deps, input: QueueCodeInput): Promise<void> {
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

function sealCode(deps: Deps, { challengeId, payload, lifeSeconds, isResend }: QueueCodeInput) {
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
  });
}

/** What the owner of an address gets when somebody else wants it for an account. */
function sealNotice(deps: Deps, { payload, lifeSeconds }: QueueCodeInput) {
  const { recipient } = payload;
  const notice = sealMessage(deps, { name: "already_signed_up", to: recipient, lifeSeconds });
  return {
    noticeId: notice.id,
    noticeTemplate: notice.template,
    noticePriority: notice.priority,
    noticePayload: notice.sealedPayload,
  };
}
