import type { MessageChannel } from "@postern/messages";
import type { receiptStatuses, suppressionReasons } from "@postern/schema";

/** What a provider that proved itself said about one message. */
export type Receipt = Readonly<{
  channel: MessageChannel;
  provider: string;
  providerMessageId: string;
  /** Our row, where the provider gave it back to us. */
  deliveryId: string | null;
  status: (typeof receiptStatuses)[number];
  errorCode: string | null;
  errorMessage: string | null;
  /** Set where this recipient must get no more. */
  suppression: (typeof suppressionReasons)[number] | null;
}>;

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;
const ID_CHARACTERS_MAX = 255;
const CODE_CHARACTERS_MAX = 64;

/** A row's id out of a provider's hands; null where it is none. */
export const readDeliveryId = (text: unknown): string | null =>
  typeof text === "string" && UUID.test(text) ? text : null;

/** Null where it would not fit its column, or is no text. */
export const readProviderId = (text: unknown): string | null =>
  typeof text === "string" && /^[\x21-\x7e]+$/.test(text) && text.length <= ID_CHARACTERS_MAX
    ? text
    : null;

/** A provider's word for a failure, of letters, digits and what stands in between. */
export const readErrorCode = (text: unknown): string | null =>
  typeof text === "string" || typeof text === "number"
    ? `${text}`.replace(/[^\w.-]/g, "").slice(0, CODE_CHARACTERS_MAX) || null
    : null;
