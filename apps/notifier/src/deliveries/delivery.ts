import type { SealedRow } from "@postern/messages";

/** A row that this worker claimed and may act on until its lease ends. */
export type Delivery = Readonly<{
  id: string;
  template: string;
  locale: string;
  priority: number;
  sealedPayload: SealedRow["sealedPayload"];
  /** Fences what is recorded: a worker whose lease was taken over can change nothing. */
  leaseId: string;
  /** This attempt included. */
  attempts: number;
  /** When the message is worth nothing, in this process's clock. */
  endsAt: Date;
  /** When another worker may take the row over, in this process's clock. */
  leaseEndsAt: Date;
}>;

/** How an attempt ended. `retry` becomes `expired` where the message would not live to see it. */
export type Outcome =
  | Readonly<{ status: "sent"; provider: string; providerMessageId: string }>
  | Readonly<{ status: "retry" | "failed"; errorCode: string; errorMessage: string }>
  | Readonly<{ status: "expired" }>;
