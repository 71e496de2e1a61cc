import { resendCode as spendResend } from "@postern/counters";
import type { Deps } from "../deps.ts";
import type { Origin } from "../http/origin.ts";
import { Problem } from "../problem.ts";
import { UNREADABLE } from "../sealed-values/read-sealed-value.ts";
import { bindingOf, codeLimits, readChallengePayload } from "./challenge.ts";
import type { CodeAsker } from "./code-binding.ts";
import { hasOtherChannel } from "./has-other-channel.ts";
import { queueCode } from "./queue-code.ts";
import type { SentCode } from "./send-code.ts";

export type ResendCodeInput = {
  challengeId: string;
  /** Who asks; must be who asked for the code. */
  binding: CodeAsker | null;
  origin: Origin;
};

/**
 * Sends the same code once more: the seed waits in the challenge, the code nowhere. The last time it
 * says of another channel that would do as well.
 *
 * @throws Problem otp_cooldown, otp_limit; not_found once the challenge is over, and for another's.
 */
export async function resendCode(deps: Deps, input: ResendCodeInput): Promise<SentCode> {
  const { challengeId, binding, origin } = input;
  const limits = codeLimits(deps.config);
  const resent = await spendResend(deps.counters, challengeId, {
    ...bindingOf(deps, binding),
    limits,
  });
  if (!resent.resent) {
    if (resent.reason === "gone") {
      throw new Problem("not_found");
    }
    const code = resent.reason === "cooldown" ? "otp_cooldown" : "otp_limit";
    throw new Problem(code, { retryAfterSeconds: resent.retryAfterSeconds });
  }
  const lifeSeconds = resent.expiresInSeconds;
  const payload = await readChallengePayload(deps, challengeId, resent.payload);
  if (payload === UNREADABLE) {
    throw new Problem("not_found");
  }
  const isLast = resent.resendsLeft === 0;
  const offersOtherChannel =
    isLast && binding !== null && (await hasOtherChannel(deps, payload, binding));
  const code = { challengeId, payload, lifeSeconds, isResend: true, offersOtherChannel };
  await queueCode(deps, { ...code, origin });
  return { challengeId, expiresIn: lifeSeconds, resendAfter: resent.resendAfterSeconds };
}
