import type { MessageName, messages } from "@postern/messages";
import type { PlaceholdersOf } from "./placeholders.ts";

type Messages = typeof messages;
type NameOf<C extends "email" | "sms"> = {
  [N in MessageName]: Messages[N] extends { channel: C } ? N : never;
}[MessageName];

export type MailName = NameOf<"email">;
export type SmsName = NameOf<"sms">;

/** What a mail says. The code or the link stands below its body, and then the lines of its kind. */
type MailText = Readonly<{ subject: string; body: readonly string[] }>;

/** Lines that several messages share. */
export type Words = Readonly<{
  /** Of a code and of a link: how long it is good for. */
  codeLife: string;
  linkLife: string;
  /** What to do with one that was not asked for. */
  ignoreCode: string;
  ignoreLink: string;
  ignoreMail: string;
  /** What the owner of an account does who did not do this; with a way to reach us, and without. */
  notMe: string;
  notMeAlone: string;
  /** The same where a new password is no help; left out where there is no way to reach us. */
  tellUs: string;
  /** After the last resend, where the code can come another way: named after that way. */
  askByEmail: string;
  askBySms: string;
  /** On the button of a link. */
  openLink: string;
  signature: string;
  signatureWithHost: string;
  minute: string;
  minutes: string;
  /** Second factors, by the names of two_factor_auth. */
  methods: Readonly<Record<"totp" | "sms" | "email", string>>;
}>;

/** All that we say in one language. */
export type Catalogue = Readonly<{
  /** Of the language, BCP 47. */
  locale: string;
  words: Words;
  mails: Readonly<Record<MailName, MailText>>;
  /** In GSM-7, one segment; the line that binds the code to its origin is put below. */
  sms: Readonly<Record<SmsName, string>>;
}>;

type Given<N extends MessageName> = "app" | Messages[N]["variables"][number];
type Carried<N extends MessageName> = Messages[N] extends { digits: number }
  ? "code" | "life"
  : never;

type Checked<T extends string, Known extends string> = [PlaceholdersOf<T>] extends [Known]
  ? T
  : { "a placeholder that this message does not have": Exclude<PlaceholdersOf<T>, Known> };

type CheckedMails<C extends Catalogue> = {
  readonly [N in MailName]: {
    readonly subject: Checked<C["mails"][N]["subject"], Given<N>>;
    readonly body: readonly Checked<C["mails"][N]["body"][number], Given<N>>[];
  };
};

type CheckedSms<C extends Catalogue> = {
  readonly [N in SmsName]: Checked<C["sms"][N], Given<N> | Carried<N>>;
};

/** A catalogue whose every message is there and names only what the message has. */
export const defineCatalogue = <const C extends Catalogue>(
  catalogue: C & { readonly mails: CheckedMails<C>; readonly sms: CheckedSms<C> },
): Catalogue => catalogue;
