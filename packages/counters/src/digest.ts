const DIGEST = /^[A-Za-z0-9_-]{22,86}$/;
const LABEL = /^[A-Za-z0-9_-]{1,86}$/;

/**
 * Passes a keyed digest (base64url, 128 bits or more) and refuses anything else, so that no address,
 * phone number or identifier in clear can become part of a key or value in Redis.
 */
export function requireDigest(text: string, name: string): string {
  if (!DIGEST.test(text)) throw new TypeError(`${name} must be a base64url digest`);
  return text;
}

/** Passes a digest or an opaque name. Addresses of every kind have other characters, and are refused. */
export function requireLabel(text: string, name: string): string {
  if (!LABEL.test(text)) throw new TypeError(`${name} must be a digest or a plain name`);
  return text;
}
