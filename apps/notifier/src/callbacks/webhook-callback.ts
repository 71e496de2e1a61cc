import { cleanProviderText } from "../channels/sms-refusals.ts";
import { type Receipt, readDeliveryId, readErrorCode, readProviderId } from "./receipt.ts";

const statuses: ReadonlySet<unknown> = new Set(["sent", "delivered", "undelivered"]);

type Report = Partial<
  Record<"id" | "deliveryId" | "status" | "errorCode" | "errorMessage", unknown>
>;

/**
 * A report of a service of the operator's own: `{id, deliveryId?, status, errorCode?,
 * errorMessage?, optOut?}`. Null where it is none.
 */
export function readWebhookReceipt(body: string): Receipt | null {
  const report = parse(body);
  const providerMessageId = readProviderId(report?.id);
  if (!report || !providerMessageId || !statuses.has(report.status)) return null;
  return {
    channel: "sms",
    provider: "webhook",
    providerMessageId,
    deliveryId: readDeliveryId(report.deliveryId),
    status: report.status as Receipt["status"],
    errorCode: readErrorCode(report.errorCode),
    errorMessage:
      typeof report.errorMessage === "string" ? cleanProviderText(report.errorMessage) : null,
    suppression: report.optOut === true ? "opt_out" : null,
  };
}

function parse(body: string): (Report & { optOut?: unknown }) | null {
  try {
    const value: unknown = JSON.parse(body);
    return typeof value === "object" ? value : null;
  } catch {
    return null;
  }
}
