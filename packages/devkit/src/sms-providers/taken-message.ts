import type { SmsProvider } from "./magic-numbers.ts";

/** A message that a provider took. The fake keeps the text, as no service of ours does. */
export type TakenMessage = {
  readonly provider: SmsProvider;
  readonly id: string;
  readonly to: string;
  readonly from: string;
  readonly text: string;
  /** Seconds after which the provider gives up, where it was told. */
  readonly validitySeconds: number | null;
  readonly callbackUrl: string | null;
  status: "queued" | "sent" | "delivered" | "undelivered";
  errorCode: string | null;
  /** As Twilio tells it later: "-0.00750". */
  price: string | null;
};
