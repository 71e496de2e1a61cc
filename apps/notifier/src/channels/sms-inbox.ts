import type { SmsChannel } from "./channel.ts";
import { limitTime } from "./limit-time.ts";
import {
  answerLost,
  readHttpFailure,
  readNetworkError,
  SMS_ANSWER_MILLISECONDS_MAX,
} from "./sms-refusals.ts";

export type SmsInboxOptions = Readonly<{ url: string; from: string }>;

/** Shows text messages in the development inbox, beside the mails. */
export function createSmsInbox({ url, from }: SmsInboxOptions): SmsChannel {
  return {
    async send({ to, text }, signal) {
      using limit = limitTime(signal, SMS_ANSWER_MILLISECONDS_MAX);
      try {
        const answer = await fetch(`${url}/api/messages`, {
          method: "POST",
          headers: { "content-type": "application/json" },
          body: JSON.stringify({ to, text, from }),
          signal: limit.signal,
        });
        if (!answer.ok) return readHttpFailure(answer.status, await answer.text());
        const { id } = (await answer.json()) as { id: string };
        return { sent: true, provider: "inbox", providerMessageId: id };
      } catch (error) {
        return limit.signal.aborted ? answerLost() : readNetworkError(error);
      }
    },
    close: () => undefined,
  };
}
