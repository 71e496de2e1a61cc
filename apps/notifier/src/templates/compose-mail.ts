import { type MessageKind, messages } from "@postern/messages";
import type { Catalogue, MailName, Words } from "./catalogue.ts";
import type { MailTemplate } from "./template.ts";

/** Mails about something that a new password does not undo. */
const CLOSINGS: Partial<Record<MailName, "tellUs" | "ignoreMail" | "none">> = {
  account_locked: "tellUs",
  code_guessing: "tellUs",
  account_claimed: "tellUs",
  account_erased: "tellUs",
  phone_removed: "tellUs",
  already_signed_up: "ignoreMail",
  password_reset_forced: "none",
  alert: "none",
};

/** A mail of a catalogue with the lines of its kind: how long it is good for, and "not me". */
export function composeMail(
  { words, mails }: Catalogue,
  name: MailName,
  hasSupport: boolean,
): MailTemplate {
  const { subject, body } = mails[name];
  const { digits, link }: MessageKind = messages[name];
  if (digits !== undefined) {
    const whole = [...body, "{{code}}", words.codeLife];
    return { subject, body: whole, closing: [words.ignoreCode], html: null };
  }
  if (link !== undefined) {
    const whole = [...body, "{{link}}", words.linkLife];
    return { subject, body: whole, closing: [words.ignoreLink], html: null };
  }
  return { subject, body, closing: closingOf(name, words, hasSupport), html: null };
}

function closingOf(name: MailName, words: Words, hasSupport: boolean): string[] {
  const closing = CLOSINGS[name];
  if (closing === "none") return [];
  if (closing === "ignoreMail") return [words.ignoreMail];
  if (closing === "tellUs") return hasSupport ? [words.tellUs] : [];
  return [hasSupport ? words.notMe : words.notMeAlone];
}
