import { measureSms } from "../channels/sms-segments.ts";
import { fill, type Values } from "./placeholders.ts";
import type { Sender } from "./sender.ts";

/**
 * A name as GSM-7 can write it: `Fahaçi` loses its cedilla, so that one letter does not halve the
 * segment. A name in another script gives way to the host.
 */
export function smsName({ appName, host }: Pick<Sender, "appName" | "host">): string {
  const written = [...appName].map((it) => (isGsm7(it) ? it : withoutMarks(it))).join("");
  return written.trim() || (host ?? appName);
}

const isGsm7 = (character: string): boolean => measureSms(character).encoding === "GSM-7";

const withoutMarks = (character: string): string =>
  [...character.normalize("NFKD")].filter(isGsm7).join("");

export type SmsParts = Readonly<{
  text: string;
  values: Values;
  /** Of the page where the code is entered; null where the message has no code or we no host. */
  origin: Readonly<{ host: string; code: string }> | null;
  /** Where the code can come another way. */
  offer: string | null;
}>;

/**
 * The text, then the offer, then the line that binds the code to its origin, so that a browser
 * fills it in there and nowhere else (WICG sms-one-time-codes: the last line, `@host #code`).
 * Offer and line are left out where they would cost a second segment, the offer first.
 */
export function writeSms({ text, values, origin, offer }: SmsParts): string {
  const said = fill(text, values);
  const bound = origin === null ? "" : `\n\n@${origin.host} #${origin.code}`;
  const offered = offer === null ? "" : ` ${offer}`;
  const choices = [said + offered + bound, said + bound, said];
  return choices.find((it) => measureSms(it).segments === 1) ?? said;
}
