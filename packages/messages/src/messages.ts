import { deliveryPriorities } from "@postern/schema";

/** What a code is good for; a code of one purpose is wrong for every other. */
export const codePurposes = [
  "verify_email",
  "verify_phone",
  "sign_in",
  "sign_up",
  "reset_password",
  "second_factor",
  "change_email",
  "change_phone",
] as const;

export type CodePurpose = (typeof codePurposes)[number];

/** How a message travels: the log it is queued in, and the channel that sends it. */
export type MessageChannel = "email" | "sms";

/** What a message is, beside its name. */
export type MessageKind = {
  channel: MessageChannel;
  /** Lower goes first; codes have slots of their own at the worker. */
  priority: (typeof deliveryPriorities)[keyof typeof deliveryPriorities];
  /** Set where the message carries a code: what it is good for, and how long it is. */
  purpose?: CodePurpose;
  digits?: 6 | 8;
  /** Set where it carries a link: what the link's secret is good for. */
  link?: "reset_password";
  /** The names of the texts that the template prints, all of them always given. */
  variables: readonly string[];
};

const { code, notice } = deliveryPriorities;

const codeOf = <C extends MessageChannel, P extends CodePurpose, D extends 6 | 8>(
  channel: C,
  purpose: P,
  digits: D,
) => ({ channel, priority: code, purpose, digits, variables: [] }) as const;

const noticeOf = <const V extends readonly string[]>(...variables: V) =>
  ({ channel: "email", priority: notice, variables }) as const;

/**
 * Every message that Postern sends, by the name that stands in the log's `template` column.
 *
 * No message prints what an anonymous caller may choose, such as the name given at sign-up or a
 * user agent: a stranger could then write to others in our name. `device` is our own description,
 * made of known words; `address` a masked network address; `at` a time in ISO 8601.
 */
export const messages = {
  verify_email_code: codeOf("email", "verify_email", 6),
  sign_in_code: codeOf("email", "sign_in", 8),
  sign_up_code: codeOf("email", "sign_up", 8),
  reset_password_code: codeOf("email", "reset_password", 8),
  second_factor_code: codeOf("email", "second_factor", 6),
  change_email_code: codeOf("email", "change_email", 6),
  verify_phone_code_sms: codeOf("sms", "verify_phone", 6),
  sign_in_code_sms: codeOf("sms", "sign_in", 8),
  reset_password_code_sms: codeOf("sms", "reset_password", 8),
  second_factor_code_sms: codeOf("sms", "second_factor", 6),
  change_phone_code_sms: codeOf("sms", "change_phone", 6),
  reset_password_link: {
    channel: "email",
    priority: code,
    link: "reset_password",
    variables: [],
  },
  /** To the owner of an address that somebody signs up with again, in `verify_first` mode. */
  already_signed_up: noticeOf(),
  account_locked: noticeOf("until"),
  new_device: noticeOf("device", "address", "at"),
  sign_in_after_failures: noticeOf("failures", "device", "address", "at"),
  code_guessing: noticeOf("at"),
  password_changed: noticeOf("at"),
  password_reset: noticeOf("at"),
  password_reset_forced: noticeOf(),
  two_factor_enabled: noticeOf("method", "at"),
  two_factor_disabled: noticeOf("method", "at"),
  backup_code_used: noticeOf("left", "at"),
  /** In its place where few are left. */
  backup_codes_low: noticeOf("left", "at"),
  backup_codes_replaced: noticeOf("at"),
  /** Both to the old and to the new address; `to` is masked. */
  email_changed: noticeOf("to", "at"),
  phone_changed: noticeOf("to", "at"),
  /** To the old address alone, before the new one is proved; `to` is masked. */
  email_change_requested: noticeOf("to", "at"),
  phone_change_requested: noticeOf("to", "at"),
  /** Somebody proved the number for another account, as after a carrier gave it out anew. Masked. */
  phone_removed: noticeOf("phone", "at"),
  connection_linked: noticeOf("provider", "at"),
  connection_unlinked: noticeOf("provider", "at"),
  api_key_created: noticeOf("prefix", "at"),
  account_claimed: noticeOf("at"),
  account_erased: noticeOf("at"),
  /** To ALERT_EMAILS: what happened, how often, since when. */
  alert: noticeOf("event", "severity", "count", "since", "detail"),
  phone_changed_sms: {
    channel: "sms",
    priority: notice,
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
  /**
   * The normalised address or number (`normaliseEmail`, `normalisePhone`): the code is derived from
   * exactly this text.
   */
  to: string;
  /** Seconds until the message is worth nothing, counted by the database's clock. */
  lifeSeconds: number;
  locale?: string | undefined;
  challengeId?: string | undefined;
  /** The row whose message this one repeats; a challenge has one row without it. */
  resendOf?: string | undefined;
};

type Seeded<N extends MessageName> = (typeof messages)[N] extends
  | { digits: number }
  | { link: string }
  ? {
      /** From `newSeed()`: code or link follow from it, so the same seed sends the same again. */
      seed: string;
      /** Says that the code can be had by the other channel too: with the last resend. */
      offersOtherChannel?: boolean | undefined;
    }
  : { seed?: undefined; offersOtherChannel?: undefined };

type Varied<N extends MessageName> = (typeof messages)[N]["variables"] extends readonly []
  ? { variables?: MessageVariables<N> }
  : { variables: MessageVariables<N> };

type MessageOf<N extends MessageName> = Common & { name: N } & Seeded<N> & Varied<N>;

/** A message to send. Its name says what else it must carry. */
export type Message = { [N in MessageName]: MessageOf<N> }[MessageName];

/** Whether this version knows a template by that name; a newer service may have queued another. */
export const isMessageName = (name: string): name is MessageName => Object.hasOwn(messages, name);

/** The messages that carry a code. */
export type CodeMessageName = {
  [N in MessageName]: (typeof messages)[N] extends { digits: number } ? N : never;
}[MessageName];

const codeMessages = {
  email: {
    verify_email: "verify_email_code",
    sign_in: "sign_in_code",
    sign_up: "sign_up_code",
    reset_password: "reset_password_code",
    second_factor: "second_factor_code",
    change_email: "change_email_code",
  },
  sms: {
    verify_phone: "verify_phone_code_sms",
    sign_in: "sign_in_code_sms",
    reset_password: "reset_password_code_sms",
    second_factor: "second_factor_code_sms",
    change_phone: "change_phone_code_sms",
  },
} as const satisfies Record<MessageChannel, Partial<Record<CodePurpose, CodeMessageName>>>;

/** The message that carries a code of that purpose over that channel; null where none does. */
export function codeMessage(channel: MessageChannel, purpose: CodePurpose): CodeMessageName | null {
  const names: Partial<Record<CodePurpose, CodeMessageName>> = codeMessages[channel];
  return names[purpose] ?? null;
}
