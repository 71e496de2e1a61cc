import { type CountryCode, parsePhoneNumberFromString } from "libphonenumber-js/max";

const TEXT_CHARS_MAX = 40;
// Never shown, so that a short number is not shown whole; of the rest, the last digits are.
const HIDDEN_DIGITS_MIN = 4;
const SHOWN_DIGITS_MAX = 3;
const MASK = "*****";

// Digits of any script and what people put between them. No letters: no extension, no vanity
// number, no `;phone-context=` that would change whose number it is.
const PHONE_TEXT = /^ *\+?[\p{Nd} ()./\u00a0\u2010-\u2013-]+$/u;

/**
 * The one form of a phone number in which it is stored, compared and indexed: E.164, such as
 * `+254712345678`. Null where the text is more than one number, has an extension, or is no number
 * that its country assigns. Without a default country only international numbers are read.
 *
 * Country is an ISO 3166-1 code; the rules are libphonenumber's full metadata. Normalising a result
 * again changes nothing.
 */
export function normalisePhone(text: string, defaultCountry?: CountryCode): string | null {
  if (text.length > TEXT_CHARS_MAX || !PHONE_TEXT.test(text)) return null;
  const number = parsePhoneNumberFromString(text.trim(), {
    extract: false,
    ...(defaultCountry && { defaultCountry }),
  });
  return number?.isValid() ? number.number : null;
}

/**
 * A number as it may be shown: calling code and last three digits, `+254*****678`, whatever its
 * length; fewer of a very short one. Takes what `normalisePhone` gave; of anything else it shows
 * nothing, `***`.
 */
export function maskPhone(e164: string): string {
  const number = parsePhoneNumberFromString(e164, { extract: false });
  if (!number?.isValid()) return "***";
  const shown = number.nationalNumber.slice(HIDDEN_DIGITS_MIN).slice(-SHOWN_DIGITS_MAX);
  return `+${number.countryCallingCode}${MASK}${shown}`;
}

/**
 * Whether a number may be a mobile one, by its country's numbering plan: some plans do not tell
 * mobile from fixed. Premium, toll-free, voice-over-IP and fixed numbers are not; a text message to
 * them is lost, or earns somebody money. Takes what `normalisePhone` gave.
 */
export function canBeMobile(e164: string): boolean {
  const type = parsePhoneNumberFromString(e164, { extract: false })?.getType();
  return type === "MOBILE" || type === "FIXED_LINE_OR_MOBILE";
}

/** ISO 3166-1 code of the country a number belongs to; null for the few that belong to none. */
export const phoneCountry = (e164: string): string | null =>
  parsePhoneNumberFromString(e164, { extract: false })?.country ?? null;
