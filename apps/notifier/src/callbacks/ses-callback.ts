import { cleanServerText } from "../channels/smtp-refusal.ts";
import { type Receipt, readDeliveryId, readErrorCode, readProviderId } from "./receipt.ts";

type Header = { name?: unknown; value?: unknown };

type Event = {
  notificationType?: unknown;
  eventType?: unknown;
  mail?: { messageId?: unknown; headers?: readonly Header[] };
  bounce?: {
    bounceType?: unknown;
    bounceSubType?: unknown;
    bouncedRecipients?: readonly { diagnosticCode?: unknown }[];
  };
  complaint?: { complaintFeedbackType?: unknown };
};

type Verdict = Pick<Receipt, "status" | "errorCode" | "errorMessage" | "suppression">;

const DELIVERED: Verdict = {
  status: "delivered",
  errorCode: null,
  errorMessage: null,
  suppression: null,
};

/** What Amazon SES publishes of a mail, as a notification or as an event. Null for anything else. */
export function readSesReceipt(message: string): Receipt | null {
  const event = parse(message);
  const verdict = event && verdictOf(event);
  const providerMessageId = readProviderId(event?.mail?.messageId);
  if (!verdict || !providerMessageId) return null;
  return {
    ...verdict,
    channel: "email",
    provider: "ses",
    providerMessageId,
    deliveryId: deliveryIdIn(event.mail?.headers ?? []),
  };
}

function verdictOf(event: Event): Verdict | null {
  switch (event.notificationType ?? event.eventType) {
    case "Delivery":
      return DELIVERED;
    case "Bounce":
      return bounceOf(event.bounce ?? {});
    case "Complaint":
      return {
        status: "complained",
        errorCode: readErrorCode(event.complaint?.complaintFeedbackType),
        errorMessage: null,
        suppression: "complaint",
      };
    default:
      return null;
  }
}

/** Only a permanent bounce says that the mailbox is not there. */
function bounceOf({
  bounceType,
  bounceSubType,
  bouncedRecipients,
}: Event["bounce"] & object): Verdict {
  const diagnostic = bouncedRecipients?.[0]?.diagnosticCode;
  return {
    status: "bounced",
    errorCode: readErrorCode(bounceSubType) ?? readErrorCode(bounceType),
    errorMessage: typeof diagnostic === "string" ? cleanServerText(diagnostic, "") : null,
    suppression: bounceType === "Permanent" ? "hard_bounce" : null,
  };
}

/** SES gives a mail an id of its own; ours travels in a header that comes back. */
function deliveryIdIn(headers: readonly Header[]): string | null {
  const ours = headers.find(({ name }) => `${name}`.toLowerCase() === "x-postern-delivery");
  return readDeliveryId(ours?.value);
}

function parse(text: string): Event | null {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" ? value : null;
  } catch {
    return null;
  }
}
