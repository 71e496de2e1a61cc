import { domainToASCII, domainToUnicode } from "node:url";

// RFC 5321, 4.5.3.1: 64 octets before the @; 256 for a path, which is 254 without its < and >.
const LOCAL_BYTES_MAX = 64;
const ADDRESS_BYTES_MAX = 254;

// No address has these: controls (CR and LF add headers), and what is invisible or ignored when
// compared (soft hyphen, joiners, variation selectors).
const HIDDEN = /[\p{Cc}\p{Default_Ignorable_Code_Point}]/u;

// Dot-string of RFC 5321 with the letters of RFC 6531, without ! % / ? | and the back quote: mail
// servers still read them as routes, files, pipes and encoded words, and send elsewhere (Exim's
// default ACL; "Splitting the email atom", PortSwigger 2024). An atom starts with no combining mark.
const LOCAL =
  /^[\w#$&'*+=^{}~\p{L}\p{N}-][\w#$&'*+=^{}~\p{L}\p{N}\p{M}-]*(?:\.[\w#$&'*+=^{}~\p{L}\p{N}-][\w#$&'*+=^{}~\p{L}\p{N}\p{M}-]*)*$/u;

const UNICODE_DOMAIN = /^[\p{L}\p{N}\p{M}.-]+$/u;
// Two labels or more of letters, digits and inner hyphens (RFC 5321, 4.1.2; RFC 1035, 2.3.1); the
// last one not of digits alone, as an IPv4 address would be.
const ASCII_DOMAIN =
  /^(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+(?!\d+$)[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/;
const A_LABEL = /(?:^|\.)xn--/;

/**
 * The one form of an email address in which it is stored, compared and indexed: trimmed, NFC, lower
 * case, the domain in A-labels (RFC 5891). Null for everything else.
 *
 * Refused is what one program could read as another address than the next one: quoted local parts,
 * comments, names, lists, address literals, host names without a dot, control and invisible
 * characters, and characters that Unicode or IDNA would turn into others beyond their case, such as
 * the circled v or the full-width at sign. At most 64 bytes before the @ and 254 in all, in UTF-8.
 * Normalising a result again changes nothing.
 */
export function normaliseEmail(text: string): string | null {
  const trimmed = text.trim();
  // Looked for in the text as given: trimming would take a line break at its end for a space.
  if (trimmed.length > ADDRESS_BYTES_MAX || HIDDEN.test(text) || !isPlain(trimmed)) return null;
  const address = trimmed.normalize("NFC").toLowerCase().normalize("NFC");
  const at = address.indexOf("@");
  const local = address.slice(0, Math.max(at, 0));
  const domain = normaliseDomain(address.slice(at + 1));
  if (!LOCAL.test(local) || domain === null) return null;
  const normalised = `${local}@${domain}`;
  const fits =
    Buffer.byteLength(local) <= LOCAL_BYTES_MAX &&
    Buffer.byteLength(normalised) <= ADDRESS_BYTES_MAX;
  return fits ? normalised : null;
}

/**
 * An address as it may be shown: `a***@example.com`. Takes what `normaliseEmail` gave; of anything
 * else it shows nothing, `***`.
 */
export function maskEmail(address: string): string {
  const [first] = address;
  const at = address.lastIndexOf("@");
  return first && at > 0 ? `${first}***${address.slice(at)}` : "***";
}

function isPlain(text: string): boolean {
  if (!text.isWellFormed()) return false;
  // NFC keeps a letter with its accent, but turns some characters into others by themselves: the
  // Kelvin sign into K, the Greek question mark into a semicolon.
  for (const character of text) {
    if (character.normalize("NFC") !== character) return false;
  }
  const address = text.normalize("NFC").toLowerCase();
  return address === text.normalize("NFKC").toLowerCase();
}

/** The A-label form of a lower-case domain; null where IDNA maps any of it, or it is no host name. */
function normaliseDomain(domain: string): string | null {
  const unicode = A_LABEL.test(domain) ? domainToUnicode(domain) : domain;
  if (!UNICODE_DOMAIN.test(unicode) || A_LABEL.test(unicode)) return null;
  const ascii = domainToASCII(unicode);
  if (!ASCII_DOMAIN.test(ascii) || domainToUnicode(ascii) !== unicode) return null;
  // A-labels given must be the very ones that their letters have, and all labels of one kind.
  return domain === unicode || domain === ascii ? ascii : null;
}
