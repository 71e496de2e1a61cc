import { SIGNATURE_HEADER, signBody } from "../webhooks/signed-body.ts";
import type { OutgoingSms, Refused, Sent, SmsChannel } from "./channel.ts";
import { limitTime } from "./limit-time.ts";
import {
  answerLost,
  readHttpFailure,
  readNetworkError,
  refusedRecipient,
  SMS_ANSWER_MILLISECONDS_MAX,
} from "./sms-refusals.ts";

export type SmsWebhookOptions = Readonly<{ url: string; secret: string; now: () => Date }>;

const HTTP_REFUSED_RECIPIENT = 422;

/**
 * Hands a text message to any service that speaks HTTP: `{deliveryId, to, text, country,
 * validSeconds}`, signed. It answers 2xx with its own `{id}`; 422 where this number will never do;
 * any other 4xx, or 503, where somebody else should try.
 */
export function createSmsWebhook({ url, secret, now }: SmsWebhookOptions): SmsChannel {
  return {
    async send(message, signal) {
      const body = toBody(message);
      using limit = limitTime(signal, SMS_ANSWER_MILLISECONDS_MAX);
      try {
        const answer = await fetch(url, {
          method: "POST",
          redirect: "error",
          headers: {
            "content-type": "application/json",
            [SIGNATURE_HEADER]: signBody(secret, body, now()),
          },
          body,
          signal: limit.signal,
        });
        return readAnswer(answer.status, await answer.text());
      } catch (error) {
        return limit.signal.aborted ? answerLost() : readNetworkError(error);
      }
    },
    close: () => undefined,
  };
}

const toBody = ({ deliveryId, to, text, country, secondsLeft }: OutgoingSms): string =>
  JSON.stringify({ deliveryId, to, text, country, validSeconds: Math.floor(secondsLeft) });

function readAnswer(status: number, body: string): Sent | Refused {
  if (status === HTTP_REFUSED_RECIPIENT) return refusedRecipient(`http_${status}`, body);
  if (status < 200 || status >= 300) return readHttpFailure(status, body);
  const id = readId(body);
  return id === null ? answerLost() : { sent: true, provider: "webhook", providerMessageId: id };
}

function readId(body: string): string | null {
  try {
    const { id } = JSON.parse(body) as { id?: unknown };
    return typeof id === "string" && id !== "" && id.length <= 255 ? id : null;
  } catch {
    return null;
  }
}
