import { randomUUIDv7 } from "node:crypto";
import { open, SealedValueError, seal } from "@postern/crypto";
import { isMessageName, messages } from "./messages.ts";
import { type SealedRow, UnknownMessageError } from "./open-message.ts";
import { payloadPlace, type SealedPayload } from "./payload.ts";
import type { MessageKeys } from "./seal-message.ts";

export type Resealed = Readonly<{ id: string; sealedPayload: SealedPayload }>;

/**
 * The same message for a row of its own: what was sealed for one row opens in no other. The same
 * seed gives the same code, so there are never two (D3).
 *
 * @throws what `openMessage` throws
 */
export function resealMessage(
  { keyRing }: Pick<MessageKeys, "keyRing">,
  { id, template, sealedPayload }: SealedRow,
): Resealed {
  if (!isMessageName(template)) throw new UnknownMessageError();
  if (sealedPayload === null) throw new SealedValueError();
  const { channel } = messages[template];
  const payload = open(keyRing, sealedPayload, payloadPlace(channel, id));
  const newId = randomUUIDv7();
  return { id: newId, sealedPayload: seal(keyRing, payload, payloadPlace(channel, newId)) };
}
