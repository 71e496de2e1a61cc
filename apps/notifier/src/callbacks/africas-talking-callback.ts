import { type Receipt, readErrorCode, readProviderId } from "./receipt.ts";

const statuses: Readonly<Record<string, Receipt["status"]>> = {
  Sent: "sent",
  Submitted: "sent",
  Buffered: "sent",
  Success: "delivered",
  Rejected: "undelivered",
  Failed: "undelivered",
  AbsentSubscriber: "undelivered",
  Expired: "undelivered",
};

/** A delivery report, a form that nobody signs. Null where it tells nothing. */
export function readAfricasTalkingReceipt(body: string): Receipt | null {
  const form = new URLSearchParams(body);
  const word = form.get("status") ?? "";
  const status = statuses[word];
  const providerMessageId = readProviderId(form.get("id"));
  if (!status || !providerMessageId) return null;
  const isFailure = status === "undelivered";
  const errorCode = isFailure ? readErrorCode(form.get("failureReason") ?? word) : null;
  return {
    channel: "sms",
    provider: "africas_talking",
    providerMessageId,
    deliveryId: null,
    status,
    errorCode,
    errorMessage: null,
    suppression: errorCode === "UserInBlackList" ? "opt_out" : null,
  };
}
