import { deliveryPriorities } from "@postern/schema";

/** What a code is good for; a code of one purpose is wrong for every other. */
export type CodePurpose = "verify_email" | "sign_in";

/** How a message travels: the log it is queued in, and the channel that sends it. */
export type MessageChannel = "email";

type MessageKind = {
  channel: MessageChannel;
  /** Lower goes first; codes have slots of their own at the worker. */
  priority: (typeof deliveryPriorities)[keyof typeof deliveryPriorities];
  /** Set where the message carries a code: what it is good for, and how long it is. */
  purpose?: CodePurpose;
  digits?: 6 | 8;
  /** The names of the texts that the template prints, all of them always given. */
  variables: readonly string[];
};

/**
 * Every message that Postern sends, by the name that stands in the log's `template` column.
 *
 * No message prints what an anonymous caller may choose, such as the name given at sign-up: a
 * stranger could then write to others in our name.
 */
export const messages = {
  verify_email_code: {
    channel: "email",
    priority: deliveryPriorities.code,
    purpose: "verify_email",
    digits: 6,
    variables: [],
  },
  sign_in_code: {
    channel: "email",
    priority: deliveryPriorities.code,
    purpose: "sign_in",
    digits: 8,
    variables: [],
  },
} as const satisfies Record<string, MessageKind>;

export type MessageName = keyof typeof messages;

/** The texts that a message's template prints. */
export type MessageVariables<N extends MessageName> = Readonly<
  Record<(typeof messages)[N]["variables"][number], string>
>;

type Common = {
  /** The row's id (UUID version 7), where the caller must know it beforehand. */
  id?: string | undefined;
  /** The normalised address (`normaliseEmail`): the code is derived from exactly this text. */
  to: string;
  /** Seconds until the message is worth nothing, counted by the database's clock. */
  lifeSeconds: number;
  locale?: string | undefined;
  challengeId?: string | undefined;
  /** The row whose message this one repeats; a challenge has one row without it. */
  resendOf?: string | undefined;
};

type Coded<N extends MessageName> = (typeof messages)[N] extends { digits: number }
  ? {
      /** From `newSeed()`: the code follows from it, so the same seed sends the same code again. */
      seed: string;
    }
  : { seed?: undefined };

type Varied<N extends MessageName> = (typeof messages)[N]["variables"] extends readonly []
  ? { variables?: MessageVariables<N> }
  : { variables: MessageVariables<N> };

type MessageOf<N extends MessageName> = Common & { name: N } & Coded<N> & Varied<N>;

/** A message to send. Its name says what else it must carry. */
export type Message = { [N in MessageName]: MessageOf<N> }[MessageName];

/** Whether this version knows a template by that name; a newer service may have queued another. */
export const isMessageName = (name: string): name is MessageName => Object.hasOwn(messages, name);
