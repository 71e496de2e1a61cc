import { randomUUIDv7 } from "node:crypto";
import {
  blindIndex,
  type DigestKeys,
  type KeyRing,
  maskEmail,
  maskPhone,
  normaliseEmail,
  normalisePhone,
  phoneCountry,
  seal,
} from "@postern/crypto";
import { type Message, type MessageChannel, type MessageName, messages } from "./messages.ts";
import { payloadPlace, type SealedPayload, writePayload } from "./payload.ts";

export type MessageKeys = Readonly<{ keyRing: KeyRing; digestKeys: DigestKeys }>;

/**
 * A message ready to be inserted into the log of its channel: `recipientHint` and `recipientIndex`
 * are `to_email_*` there or `to_phone_*`, `lifeSeconds` is added to the database's `now()` for
 * `expires_at`, and the rest are the columns of their names.
 */
export type SealedDelivery = Readonly<{
  channel: MessageChannel;
  id: string;
  template: MessageName;
  locale: string;
  priority: number;
  recipientHint: string;
  recipientIndex: string;
  /** ISO 3166-1, of a text message; ZZ for numbers that belong to no country. Null for a mail. */
  country: string | null;
  challengeId: string | null;
  resendOf: string | null;
  sealedPayload: SealedPayload;
  lifeSeconds: number;
}>;

const DEFAULT_LOCALE = "en";
/** User-assigned in ISO 3166-1: what no country stands for. */
const NO_COUNTRY = "ZZ";
const LOCALE = /^[A-Za-z0-9-]{2,16}$/;

/**
 * Turns a message into the row that queues it: the recipient, the seed of its code and its
 * variables sealed for that row alone, the recipient beside it as a masked hint and a blind index.
 * Pure but for the random row id and nonce.
 *
 * @throws TypeError where the recipient is not a normalised address or the locale no language tag,
 *   RangeError where the life is not above 0. Neither repeats the value.
 */
export function sealMessage(
  { keyRing, digestKeys }: MessageKeys,
  message: Message,
): SealedDelivery {
  check(message);
  const { name, to, seed = null, variables = {} } = message;
  const offer = message.offersOtherChannel ? { offersOtherChannel: true as const } : {};
  const payload = writePayload({ to, seed, variables, ...offer });
  const { channel, priority } = messages[name];
  const id = message.id ?? randomUUIDv7();
  return {
    channel,
    id,
    template: name,
    locale: message.locale ?? DEFAULT_LOCALE,
    priority,
    ...describeRecipient(digestKeys, channel, to),
    challengeId: message.challengeId ?? null,
    resendOf: message.resendOf ?? null,
    sealedPayload: seal(keyRing, payload, payloadPlace(channel, id)),
    lifeSeconds: message.lifeSeconds,
  };
}

const describeRecipient = (digestKeys: DigestKeys, channel: MessageChannel, to: string) =>
  channel === "email"
    ? {
        recipientHint: maskEmail(to),
        recipientIndex: blindIndex(digestKeys, "email_delivery_log.to_email_index", to),
        country: null,
      }
    : {
        recipientHint: maskPhone(to),
        recipientIndex: blindIndex(digestKeys, "sms_delivery_log.to_phone_index", to),
        country: phoneCountry(to) ?? NO_COUNTRY,
      };

function check({ name, to, locale = DEFAULT_LOCALE, lifeSeconds }: Message): void {
  // The code is derived from the recipient as text, so the caller must hold the very same text.
  const normalise = messages[name].channel === "email" ? normaliseEmail : normalisePhone;
  if (normalise(to) !== to) {
    throw new TypeError("The recipient of a message must be a normalised address or number.");
  }
  if (!LOCALE.test(locale)) throw new TypeError("A locale is a language tag such as en or sw-KE.");
  if (!(lifeSeconds > 0 && Number.isFinite(lifeSeconds))) {
    throw new RangeError("The life of a message must be above 0 seconds.");
  }
}
