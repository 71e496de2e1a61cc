import { deriveCode, open, SealedValueError } from "@postern/crypto";
import { isMessageName, type MessageName, type MessageVariables, messages } from "./messages.ts";
import { type Payload, payloadPlace, readPayload, type SealedPayload } from "./payload.ts";
import type { MessageKeys } from "./seal-message.ts";

/** What of a delivery row opens its message. */
export type SealedRow = Readonly<{
  id: string;
  template: string;
  sealedPayload: SealedPayload | null;
}>;

type OpenedOf<N extends MessageName> = Readonly<{
  name: N;
  to: string;
  variables: MessageVariables<N>;
}> &
  ((typeof messages)[N] extends { digits: number } ? Readonly<{ code: string }> : unknown);

/**
 * A message in clear, its code derived. It stays in memory and goes nowhere but to its recipient.
 */
export type OpenedMessage = { [N in MessageName]: OpenedOf<N> }[MessageName];

/** The row names a template that this version does not know: a newer service may have queued it. */
export class UnknownMessageError extends Error {
  override readonly name = "UnknownMessageError";

  constructor() {
    super("This version knows no message of that name.");
  }
}

/**
 * Opens the message of a delivery row and derives its code, which nobody stored (D3).
 *
 * @throws UnknownMessageError for a template of another version.
 * @throws SealedValueError where the payload is missing, was not sealed for this row, or does not
 *   hold what the message needs.
 */
export function openMessage({ keyRing, digestKeys }: MessageKeys, row: SealedRow): OpenedMessage {
  const { id, template, sealedPayload } = row;
  if (!isMessageName(template)) throw new UnknownMessageError();
  if (sealedPayload === null) throw new SealedValueError();

  const payload = readPayload(open(keyRing, sealedPayload, payloadPlace(id)));
  const kind = messages[template];
  if (!payload || !hasVariables(payload, kind.variables)) throw new SealedValueError();

  const { to, seed, variables } = payload;
  if (seed === null) throw new SealedValueError();
  const code = deriveCode(digestKeys, {
    seed,
    purpose: kind.purpose,
    recipient: to,
    digits: kind.digits,
  });
  return { name: template, to, variables, code };
}

const hasVariables = ({ variables }: Payload, names: readonly string[]): boolean =>
  names.every((name) => Object.hasOwn(variables, name));
