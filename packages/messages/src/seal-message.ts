import { randomUUIDv7 } from "node:crypto";
import {
  blindIndex,
  type DigestKeys,
  type KeyRing,
  maskEmail,
  normaliseEmail,
  seal,
} from "@postern/crypto";
import { type Message, type MessageName, messages } from "./messages.ts";
import { payloadPlace, type SealedPayload, writePayload } from "./payload.ts";

export type MessageKeys = Readonly<{ keyRing: KeyRing; digestKeys: DigestKeys }>;

/**
 * A message ready to be inserted: each field is the column of its name in `email_delivery_log`, but
 * `lifeSeconds`, which the insert adds to the database's `now()` for `expires_at`.
 */
export type SealedDelivery = Readonly<{
  id: string;
  template: MessageName;
  locale: string;
  priority: number;
  toEmailHint: string;
  toEmailIndex: string;
  challengeId: string | null;
  resendOf: string | null;
  sealedPayload: SealedPayload;
  lifeSeconds: number;
}>;

const DEFAULT_LOCALE = "en";
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
  const { name, to, seed, variables = {} } = message;
  const id = message.id ?? randomUUIDv7();
  return {
    id,
    template: name,
    locale: message.locale ?? DEFAULT_LOCALE,
    priority: messages[name].priority,
    toEmailHint: maskEmail(to),
    toEmailIndex: blindIndex(digestKeys, "email_delivery_log.to_email_index", to),
    challengeId: message.challengeId ?? null,
    resendOf: message.resendOf ?? null,
    sealedPayload: seal(keyRing, writePayload({ to, seed, variables }), payloadPlace(id)),
    lifeSeconds: message.lifeSeconds,
  };
}

function check({ to, locale = DEFAULT_LOCALE, lifeSeconds }: Message): void {
  // The code is derived from the recipient as text, so the caller must hold the very same text.
  if (normaliseEmail(to) !== to) {
    throw new TypeError("The recipient of a message must be a normalised email address.");
  }
  if (!LOCALE.test(locale)) throw new TypeError("A locale is a language tag such as en or sw-KE.");
  if (!(lifeSeconds > 0 && Number.isFinite(lifeSeconds))) {
    throw new RangeError("The life of a message must be above 0 seconds.");
  }
}
