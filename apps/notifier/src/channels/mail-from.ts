import { normaliseEmail } from "@postern/crypto";

/** The sender as nodemailer takes it: an object, because a text would be read as a list. */
export type MailFrom = Readonly<{ name: string; address: string }>;

const NAMED = /^(?<name>[^<>\p{Cc}]*)<(?<address>[^<>]+)>$/u;

/**
 * Reads `no-reply@example.com` or `Example <no-reply@example.com>`; without a name the app's name
 * stands there. Null where it is neither.
 */
export function readMailFrom(text: string, appName: string): MailFrom | null {
  const { name = "", address = text } = NAMED.exec(text.trim())?.groups ?? {};
  const normalised = normaliseEmail(address);
  if (normalised === null) return null;
  return { name: name.trim().replace(/^"(.*)"$/, "$1") || appName, address: normalised };
}
