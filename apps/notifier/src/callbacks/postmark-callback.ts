import { cleanServerText } from "../channels/smtp-refusal.ts";
import { type Receipt, readDeliveryId, readErrorCode, readProviderId } from "./receipt.ts";

/** Bounces after which the mailbox is not to be tried again. */
const HARD: ReadonlySet<unknown> = new Set([
  "HardBounce",
  "BadEmailAddress",
  "ManuallyDeactivated",
]);

type Report = {
  RecordType?: unknown;
  MessageID?: unknown;
  Metadata?: { delivery?: unknown };
  Type?: unknown;
  Description?: unknown;
};

type Verdict = Pick<Receipt, "status" | "errorCode" | "suppression">;

/** Delivery, bounce or complaint of a mail that went through Postmark. Null for anything else. */
export function readPostmarkReceipt(body: string): Receipt | null {
  const report = parse(body);
  const verdict = report && verdictOf(report);
  const providerMessageId = readProviderId(report?.MessageID);
  if (!verdict || !providerMessageId) return null;
  const { Description: text, Metadata: metadata } = report;
  return {
    ...verdict,
    channel: "email",
    provider: "postmark",
    providerMessageId,
    deliveryId: readDeliveryId(metadata?.delivery),
    errorMessage: typeof text === "string" ? cleanServerText(text, "") : null,
  };
}

function verdictOf({ RecordType: record, Type: type }: Report): Verdict | null {
  if (record === "Delivery") return { status: "delivered", errorCode: null, suppression: null };
  const errorCode = readErrorCode(type) ?? readErrorCode(record);
  if (record === "SpamComplaint") {
    return { status: "complained", errorCode, suppression: "complaint" };
  }
  if (record !== "Bounce") return null;
  return { status: "bounced", errorCode, suppression: HARD.has(type) ? "hard_bounce" : null };
}

function parse(body: string): Report | null {
  try {
    const value: unknown = JSON.parse(body);
    return typeof value === "object" ? value : null;
  } catch {
    return null;
  }
}
