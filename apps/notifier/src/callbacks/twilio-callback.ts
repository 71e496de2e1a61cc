import twilio from "twilio";
import { type Receipt, readDeliveryId, readErrorCode, readProviderId } from "./receipt.ts";

/** A request as it came, its body unread. */
export type Callback = Readonly<{
  /** Path and query. */
  path: string;
  header: (name: string) => string;
  body: string;
}>;

const statuses: Readonly<Record<string, Receipt["status"]>> = {
  sent: "sent",
  delivered: "delivered",
  read: "delivered",
  undelivered: "undelivered",
  failed: "undelivered",
  canceled: "undelivered",
};

const UNSUBSCRIBED = "21610";

export type TwilioIdentity = Readonly<{ authToken: string; publicUrl: string }>;

/**
 * The fields of a request that Twilio signed over the URL that it knows us by, which is not the one
 * that a proxy shows us; null where it did not.
 */
export function readTwilioForm(
  { path, header, body }: Callback,
  { authToken, publicUrl }: TwilioIdentity,
): ReadonlyMap<string, string> | null {
  const fields = new Map(new URLSearchParams(body));
  const url = `${publicUrl}${path}`;
  const signature = header("x-twilio-signature");
  const isSigned = twilio.validateRequest(authToken, signature, url, Object.fromEntries(fields));
  return isSigned ? fields : null;
}

/** Null where it tells nothing new, such as `queued`. */
export function readTwilioReceipt(
  fields: ReadonlyMap<string, string>,
  path: string,
): Receipt | null {
  const status = statuses[fields.get("MessageStatus") ?? ""];
  const providerMessageId = readProviderId(fields.get("MessageSid"));
  if (!status || !providerMessageId) return null;
  const errorCode = readErrorCode(fields.get("ErrorCode"));
  return {
    channel: "sms",
    provider: "twilio",
    providerMessageId,
    deliveryId: readDeliveryId(new URLSearchParams(path.split("?")[1]).get("delivery")),
    status,
    errorCode,
    errorMessage: null,
    suppression: errorCode === UNSUBSCRIBED ? "opt_out" : null,
  };
}
