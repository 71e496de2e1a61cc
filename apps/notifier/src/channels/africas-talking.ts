import type { OutgoingSms, Refused, Sent, SmsChannel } from "./channel.ts";
import { limitTime } from "./limit-time.ts";
import { readCost } from "./read-cost.ts";
import {
  answerLost,
  readHttpFailure,
  readNetworkError,
  refusedByProvider,
  refusedRecipient,
  SMS_ANSWER_MILLISECONDS_MAX,
} from "./sms-refusals.ts";

export type AfricasTalkingOptions = Readonly<{
  username: string;
  apiKey: string;
  /** A short code or sender name; null takes the account's own. */
  from: string | null;
  baseUrl: string;
}>;

type Recipient = { statusCode: number; status: string; cost?: string; messageId?: string };

/** Processed, sent, queued. */
const TAKEN: ReadonlySet<number> = new Set([100, 101, 102]);
const INVALID_NUMBER = 403;
const UNSUPPORTED_NUMBER = 404;
const BLACKLISTED = 406;

/**
 * Sends through Africa's Talking by plain HTTP: their SDK has its hosts built in and no time limit.
 * HTTP 201 may still be a refusal; what counts is the recipient's own status code.
 */
export function createAfricasTalkingChannel(options: AfricasTalkingOptions): SmsChannel {
  return {
    async send(message, signal) {
      using limit = limitTime(signal, SMS_ANSWER_MILLISECONDS_MAX);
      try {
        const answer = await fetch(`${options.baseUrl}/version1/messaging`, {
          method: "POST",
          headers: { accept: "application/json", apikey: options.apiKey },
          body: toForm(message, options),
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

const toForm = ({ to, text }: OutgoingSms, { username, from }: AfricasTalkingOptions) =>
  new URLSearchParams({
    username,
    to,
    message: text,
    bulkSMSMode: "1",
    ...(from && { from }),
  });

function readAnswer(status: number, body: string): Sent | Refused {
  const isAnswered = status >= 200 && status < 300;
  if (!isAnswered) return readHttpFailure(status, "");
  const recipient = readRecipient(body);
  // An answer of another shape, or none of our recipient: it was taken, or it was not.
  if (!recipient) return answerLost();
  const { statusCode, messageId, cost } = recipient;
  if (!TAKEN.has(statusCode)) return readRefusal(recipient);
  if (!messageId) return answerLost();
  const price = readPrice(cost);
  return {
    sent: true,
    provider: "africas_talking",
    providerMessageId: messageId,
    ...(price && { cost: price }),
  };
}

function readRefusal({ statusCode, status }: Recipient): Refused {
  const code = `${statusCode}`;
  if (statusCode === BLACKLISTED) return refusedRecipient(code, status, true);
  return statusCode === INVALID_NUMBER || statusCode === UNSUPPORTED_NUMBER
    ? refusedRecipient(code, status)
    : refusedByProvider(code, status);
}

/** `KES 0.8000`. */
function readPrice(cost: string | undefined) {
  const [currency = "", amount = ""] = (cost ?? "").split(" ");
  return readCost(amount, currency);
}

function readRecipient(body: string): Recipient | null {
  try {
    const { SMSMessageData: data } = JSON.parse(body) as {
      SMSMessageData?: { Recipients?: Recipient[]; Message?: string };
    };
    const [recipient] = data?.Recipients ?? [];
    if (recipient) return typeof recipient.statusCode === "number" ? recipient : null;
    // "InvalidSenderId" and the like: the whole request was refused.
    return data?.Message ? { statusCode: 0, status: data.Message } : null;
  } catch {
    return null;
  }
}
