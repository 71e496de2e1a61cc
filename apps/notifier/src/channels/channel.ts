/** A finished mail for one recipient, in clear: it goes to the channel and nowhere else. */
export type OutgoingMessage = Readonly<{
  /** The delivery row; every attempt at it carries the same, so that a receiver can fold repeats. */
  deliveryId: string;
  to: string;
  subject: string;
  text: string;
  html: string;
}>;

/** A finished text message for one number. */
export type OutgoingSms = Readonly<{
  deliveryId: string;
  to: string;
  text: string;
  /** ISO 3166-1 of the number. */
  country: string;
  /** After which the message is worth nothing and need not be delivered. */
  secondsLeft: number;
}>;

/** Millionths of a currency by its ISO 4217 code. */
export type Cost = Readonly<{ micros: number; currency: string }>;

/** The provider took the message over. `providerMessageId` is what its own logs call it. */
export type Sent = Readonly<{
  sent: true;
  provider: string;
  providerMessageId: string;
  /** Where the provider says so at once. */
  cost?: Cost;
}>;

/**
 * The provider did not take it, or nobody knows. `isFinal` where another attempt, through whomever,
 * would end the same. `errorMessage` names no recipient and holds no digits of a code.
 */
export type Refused = Readonly<{
  sent: false;
  isFinal: boolean;
  errorCode: string;
  errorMessage: string;
  /** The request went out and its answer did not come: the message may have been taken. */
  isAnswerLost?: boolean;
  /** The provider says that this recipient wants no more. */
  isOptOut?: boolean;
}>;

/** A way out. Two methods, so that a new provider is one file. */
type Channel<Message = OutgoingMessage> = {
  /** Never throws. Ends when `signal` aborts, at the latest after 20 s. */
  send(message: Message, signal: AbortSignal): Promise<Sent | Refused>;
  close(): void;
};

/** A way out for mails. */
export type MailChannel = Channel & {
  /** As its rows name it. */
  readonly provider: string;
};

export type SmsChannel = Channel<OutgoingSms>;

/** The error code of a message that may have been taken: another attempt at it may be a duplicate. */
export const ANSWER_LOST = "answer_lost";
