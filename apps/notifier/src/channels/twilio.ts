import twilio from "twilio";
import type { Cost, OutgoingSms, Refused, Sent, SmsChannel } from "./channel.ts";
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

export type TwilioOptions = Readonly<{
  accountSid: string;
  authToken: string;
  /** A number, a sender name, or a messaging service (MG…). */
  from: string;
  /** Where the API is; for tests. */
  baseUrl: string | null;
  /** Where receipts go; null where nobody can reach us. */
  callbackUrl: string | null;
}>;

/** What a provider says about a message when it is asked later. */
export type LookUp = (providerMessageId: string) => Promise<Cost | null>;

export type TwilioChannel = SmsChannel & { readonly lookUp: LookUp };

/** Twilio keeps a message for 10 hours at most. */
const VALIDITY_SECONDS_MAX = 36_000;
const SERVER_FAULT = 500;

/** Codes about the number, which every provider would meet again. */
const ABOUT_THE_NUMBER: ReadonlySet<number> = new Set([21211, 21214, 21217, 21614]);
const UNSUBSCRIBED = 21610;

/**
 * Sends through Twilio's own SDK, without its retries: an attempt is a row's, and is written down.
 * The validity goes along, so that a dead code is not delivered.
 */
export function createTwilioChannel(options: TwilioOptions): TwilioChannel {
  const { accountSid, authToken, baseUrl } = options;
  const client = twilio(accountSid, authToken, { timeout: SMS_ANSWER_MILLISECONDS_MAX });
  if (baseUrl) client.api.baseUrl = baseUrl;
  return {
    async send(message, signal) {
      using limit = limitTime(signal, SMS_ANSWER_MILLISECONDS_MAX);
      const cutOff = Promise.withResolvers<Refused>();
      limit.signal.addEventListener("abort", () => cutOff.resolve(answerLost()));
      if (limit.signal.aborted) return answerLost();
      const created = client.messages
        .create(toTwilio(message, options))
        .then(
          ({ sid }): Sent => ({ sent: true, provider: "twilio", providerMessageId: sid }),
          readTwilioError,
        );
      return Promise.race([created, cutOff.promise]);
    },
    // The price of a message comes some time after it; `create()` never has it.
    async lookUp(sid) {
      const { price, priceUnit } = await client.messages(sid).fetch();
      return price === null ? null : readCost(String(price), priceUnit.toUpperCase());
    },
    close: () => undefined,
  };
}

function toTwilio(
  { to, text, deliveryId, secondsLeft }: OutgoingSms,
  { from, callbackUrl }: TwilioOptions,
) {
  return {
    to,
    body: text,
    ...(from.startsWith("MG") ? { messagingServiceSid: from } : { from }),
    validityPeriod: Math.min(Math.max(Math.floor(secondsLeft), 1), VALIDITY_SECONDS_MAX),
    // Our own id: a receipt then finds its row even where the answer was lost.
    ...(callbackUrl && { statusCallback: `${callbackUrl}?delivery=${deliveryId}` }),
  };
}

type TwilioError = Error & { status?: number; code?: number | string };

function readTwilioError(error: TwilioError): Refused {
  const { status, code, message } = error;
  if (typeof status !== "number") return readNetworkError(error);
  if (status >= SERVER_FAULT || typeof code !== "number") return readHttpFailure(status, message);
  if (code === UNSUBSCRIBED) return refusedRecipient(`${code}`, message, true);
  return ABOUT_THE_NUMBER.has(code)
    ? refusedRecipient(`${code}`, message)
    : refusedByProvider(`${code}`, message);
}
