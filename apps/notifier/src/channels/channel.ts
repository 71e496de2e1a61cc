/** A finished message for one recipient, in clear: it goes to the channel and nowhere else. */
export type OutgoingMessage = Readonly<{
  /** The delivery row; every attempt at it carries the same, so that a receiver can fold repeats. */
  deliveryId: string;
  to: string;
  subject: string;
  text: string;
  html: string;
}>;

/** The provider took the message over. `providerMessageId` is what its own logs call it. */
export type Sent = Readonly<{ sent: true; provider: string; providerMessageId: string }>;

/**
 * The provider did not take it, or nobody knows. `isFinal` where another attempt would end the
 * same. `errorMessage` names no recipient and holds no digits of a code.
 */
export type Refused = Readonly<{
  sent: false;
  isFinal: boolean;
  errorCode: string;
  errorMessage: string;
}>;

/** A way out. Two methods, so that a new provider is one file. */
export type Channel = {
  /** Never throws. Ends when `signal` aborts, at the latest after 20 s. */
  send(message: OutgoingMessage, signal: AbortSignal): Promise<Sent | Refused>;
  close(): void;
};
