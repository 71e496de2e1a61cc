import { deriveCode, open, SealedValueError } from "@postern/crypto";
import { deriveLinkSecret } from "./derive-link.ts";
import {
  isMessageName,
  type MessageKind,
  type MessageName,
  type MessageVariables,
  messages,
} from "./messages.ts";
import { type Payload, payloadPlace, readPayload, type SealedPayload } from "./payload.ts";
import type { MessageKeys } from "./seal-message.ts";

/** What of a delivery row opens its message. */
export type SealedRow = Readonly<{
  id: string;
  template: string;
  sealedPayload: SealedPayload | null;
}>;

/**
 * A message in clear, its code or the secret of its link derived. It stays in memory and goes
 * nowhere but to its recipient.
 */
export type OpenedMessage = {
  [N in MessageName]: Readonly<{
    name: N;
    to: string;
    variables: MessageVariables<N>;
    /** Null where the message carries none. */
    code: string | null;
    linkSecret: string | null;
    /** Says so: the code can be had by the other channel too. */
    offersOtherChannel: boolean;
  }>;
}[MessageName];

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

  const kind: MessageKind = messages[template];
  const payload = readPayload(open(keyRing, sealedPayload, payloadPlace(kind.channel, id)));
  if (!payload || !hasVariables(payload, kind.variables)) throw new SealedValueError();

  const { to, variables, offersOtherChannel = false } = payload;
  const secrets = deriveSecrets({ digestKeys }, kind, payload);
  // `hasVariables` has just seen that the variables are those of this very name.
  return { name: template, to, variables, offersOtherChannel, ...secrets } as OpenedMessage;
}

function deriveSecrets(
  { digestKeys }: Pick<MessageKeys, "digestKeys">,
  { purpose, digits, link }: MessageKind,
  { to: recipient, seed }: Payload,
): { code: string | null; linkSecret: string | null } {
  const carriesCode = purpose !== undefined && digits !== undefined;
  if (!carriesCode && link === undefined) return { code: null, linkSecret: null };
  if (seed === null) throw new SealedValueError();
  return {
    code: carriesCode ? deriveCode(digestKeys, { seed, purpose, recipient, digits }) : null,
    linkSecret:
      link === undefined ? null : deriveLinkSecret(digestKeys, { seed, purpose: link, recipient }),
  };
}

const hasVariables = ({ variables }: Payload, names: readonly string[]): boolean =>
  names.every((name) => Object.hasOwn(variables, name));
