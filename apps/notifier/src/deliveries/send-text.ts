import { resealMessage } from "@postern/messages";
import { type Hold, settleMoney } from "../budget/hold-money.ts";
import type { Refused, Sent } from "../channels/channel.ts";
import type { SmsRoute } from "../channels/sms-routes.ts";
import { measureSms } from "../channels/sms-segments.ts";
import type { Deps } from "../deps.ts";
import { admitText } from "./admit-text.ts";
import { beginText } from "./begin-text.ts";
import type { Alarm, Delivery, FailOver, Outcome } from "./delivery.ts";
import { STALLED } from "./stalled.ts";
import { whileLeased } from "./while-leased.ts";

export type Text = Readonly<{ to: string; text: string; secondsLeft: number }>;

const NO_PROVIDER: Outcome = {
  status: "failed",
  errorCode: "no_provider",
  errorMessage: "SMS_PROVIDERS names nobody for this country.",
};

const ALL_FAILING: Outcome = {
  status: "retry",
  errorCode: "providers_failing",
  errorMessage: "Every provider of this country failed just now.",
};

/**
 * Sends a text message through the first provider that is up. One that refuses it, or whose answer
 * is lost, is followed by the next in a row of its own, with the same code (D3).
 */
export async function sendText(
  deps: Deps,
  delivery: Delivery,
  { to, text, secondsLeft, signal }: Text & { signal: AbortSignal },
): Promise<Outcome> {
  const country = delivery.country ?? "";
  if (!deps.sms.serves(country)) return NO_PROVIDER;
  const route = deps.sms.find(country, delivery.provider);
  if (!route) return ALL_FAILING;
  const { segments } = measureSms(text);
  const { provider } = route;
  const admission = await admitText(deps, delivery, { to, country, provider, segments });
  if (!admission.isAdmitted) return admission.outcome;
  const { hold, alarm } = admission;
  const begin = () => beginText(deps, delivery, provider);
  if (!(await whileLeased(deps, { delivery, signal }, begin))) return STALLED;
  const message = { deliveryId: delivery.id, to, text, country, secondsLeft };
  const answer = await route.send(message, signal);
  if (hold) await settle(deps, hold, answer);
  const told = { segments, ...(alarm && { alarm }) };
  if (!answer.sent) return refusal(deps, delivery, { route, answer, told });
  return {
    ...told,
    status: "sent",
    provider: answer.provider,
    providerMessageId: answer.providerMessageId,
    keepsPayload: route.next !== null,
    ...(answer.cost && { cost: answer.cost }),
  };
}

/** What may have been taken, and what has no price yet, stays held at its estimate. */
async function settle(deps: Deps, hold: Hold, answer: Sent | Refused): Promise<void> {
  if (answer.sent && answer.cost) await settleMoney(deps, hold, answer.cost);
  if (!answer.sent && !answer.isAnswerLost) await settleMoney(deps, hold, 0);
}

type Refusal = Readonly<{
  route: SmsRoute;
  answer: Refused;
  told: Readonly<{ segments: number; alarm?: Alarm }>;
}>;

function refusal(deps: Deps, delivery: Delivery, refused: Refusal): Outcome {
  const { route, answer } = refused;
  const { provider, next } = route;
  const { isFinal, isAnswerLost, isOptOut = false, errorCode, errorMessage } = answer;
  const told = { ...refused.told, provider, errorCode, errorMessage };
  if (isFinal) return { ...told, status: "failed", isOptOut };
  if (next === null) return { ...told, status: "retry" };
  const failOver: FailOver = { ...resealMessage(deps, delivery), provider: next };
  // Its receipt may still come, so a row whose answer was lost counts as sent, and is marked.
  return isAnswerLost
    ? { ...told, status: "sent", providerMessageId: null, failOver }
    : { ...told, status: "failed", failOver };
}
