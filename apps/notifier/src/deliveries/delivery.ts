import type { MessageChannel, Resealed, SealedRow } from "@postern/messages";
import { deliveryPriorities } from "@postern/schema";
import type { Cost } from "../channels/channel.ts";

/** A row that this worker claimed and may act on until its lease ends. */
export type Delivery = Readonly<{
  channel: MessageChannel;
  id: string;
  template: string;
  locale: string;
  priority: number;
  sealedPayload: SealedRow["sealedPayload"];
  /** ISO 3166-1, of a text message. */
  country: string | null;
  /** Who is to be asked, where that was decided before. */
  provider: string | null;
  /** Fences what is recorded: a worker whose lease was taken over can change nothing. */
  leaseId: string;
  /** This attempt included. */
  attempts: number;
  /** When the message is worth nothing, in this process's clock. */
  endsAt: Date;
  /** When another worker may take the row over, in this process's clock. */
  leaseEndsAt: Date;
}>;

/** Codes have slots of their own, and are claimed for them alone. */
export const isCode = ({ priority }: Pick<Delivery, "priority">): boolean =>
  priority === deliveryPriorities.code;

/** The same message once more, through another provider: a row of its own. */
export type FailOver = Resealed & Readonly<{ provider: string }>;

/** A security event that is written down with the outcome. It names no recipient. */
export type Alarm = Readonly<{
  type: "sms_pumping_detected";
  severity: "high" | "critical";
  metadata: Readonly<Record<string, string | number>>;
}>;

/** What a provider's answer tells beside the outcome. */
type Answer = {
  alarm?: Alarm;
  provider?: string;
  segments?: number;
  cost?: Cost;
  failOver?: FailOver;
  /** The recipient wants no more. */
  isOptOut?: boolean;
};

/**
 * How an attempt ended. A text that may not go out is `suppressed` before it was offered. `retry` becomes `expired` where the message would not live to see it. What
 * was sent has an error code where it may have gone out twice.
 */
export type Outcome =
  | Readonly<
      Answer & {
        status: "sent";
        providerMessageId: string | null;
        errorCode?: string;
        errorMessage?: string;
        /** Another provider may still be needed: a receipt can say that it was not delivered. */
        keepsPayload?: boolean;
      }
    >
  | Readonly<Answer & { status: "retry" | "failed"; errorCode: string; errorMessage: string }>
  | Readonly<{ status: "suppressed"; errorCode: string; alarm?: Alarm }>
  | Readonly<{ status: "expired" }>;
