import { restoreCode, spendCode } from "@postern/counters";
import { codeVerifier } from "@postern/crypto";
import type { CodePurpose } from "@postern/messages";
import type { Deps } from "../deps.ts";
import type { Origin } from "../http/origin.ts";
import { Problem } from "../problem.ts";
import { UNREADABLE } from "../sealed-values/read-sealed-value.ts";
import { addressDigest, spendOfAddress } from "../throttles/throttle-address.ts";
import { bindingOf, type ChallengePayload, codeLimits, readChallengePayload } from "./challenge.ts";
import { recordCodeFailure } from "./record-code-failure.ts";
import { warnOfGuessing } from "./warn-of-guessing.ts";

export type PresentedCode = {
  challengeId: string;
  code: string;
  /** What the code may be for here; a code for anything else is a wrong guess. */
  purposes: readonly CodePurpose[];
  /** Who presents it; must be who asked for it. */
  binding: { sessionId: string } | null;
  origin: Origin;
};

/**
 * Spends an attempt on a challenge, and answers what it holds where the code is right. Redis lets
 * exactly one right code through. Wrong, used, expired, foreign and unknown all get one refusal.
 *
 * An address that presents too many learns nothing of the code: the answer is the same, right or wrong.
 *
 * @throws Problem invalid_code, otp_limit, too_many_requests; service_unavailable while Redis is away.
 */
export async function presentCode(
  deps: Deps,
  { challengeId, code, purposes, binding, origin }: PresentedCode,
): Promise<ChallengePayload> {
  const [spent, waitSeconds] = await Promise.all([
    spendCode(deps.counters, {
      challengeId,
      verifier: codeVerifier(deps.digestKeys, { challengeId, code }),
      purposes,
      ...bindingOf(deps, binding),
      limits: codeLimits(deps.config),
    }),
    spendOfAddress(deps, "codes_per_address_per_minute", addressDigest(deps, origin)),
  ]);
  if (waitSeconds > 0) {
    await (spent.result === "right" && restoreCode(deps.counters, challengeId));
    noteRefusal(deps, origin, "throttled");
    throw new Problem("too_many_requests", { retryAfterSeconds: waitSeconds });
  }
  if (spent.result === "right") {
    return readOrRefuse(deps, challengeId, spent.payload);
  }
  if (spent.result === "wrong") {
    const payload = await readOrRefuse(deps, challengeId, spent.payload);
    await recordWrong(deps, { challengeId, payload, origin }, spent.isGuessing);
    throw new Problem("invalid_code");
  }
  noteRefusal(deps, origin, spent.result);
  throw spent.result === "limit"
    ? new Problem("otp_limit", { retryAfterSeconds: spent.retryAfterSeconds })
    : new Problem("invalid_code");
}

/** One that does not open is over: nobody can say any more what its code was for. */
async function readOrRefuse(
  deps: Deps,
  challengeId: string,
  sealed: string,
): Promise<ChallengePayload> {
  const payload = await readChallengePayload(deps, challengeId, sealed);
  if (payload === UNREADABLE) {
    throw new Problem("invalid_code");
  }
  return payload;
}

/** Only what was compared is worth a row of its own; the rest is counted. */
function noteRefusal({ refusals }: Deps, origin: Origin, reason: string): void {
  const { network, ipAddress, userAgent } = origin;
  refusals.noteEvent("otp_failed", network, { reason, ipAddress, userAgent });
}

async function recordWrong(
  deps: Deps,
  guess: { challengeId: string; payload: ChallengePayload; origin: Origin },
  isGuessing: boolean,
): Promise<void> {
  const { challengeId, payload, origin } = guess;
  const { purpose, channel } = payload;
  await Promise.all([
    recordCodeFailure(deps, { challengeId, purpose, channel, reason: "wrong", origin }),
    isGuessing ? warnOfGuessing(deps, guess) : undefined,
  ]);
}
