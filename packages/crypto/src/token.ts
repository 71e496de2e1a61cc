import { hash, randomBytes } from "node:crypto";

const SECRET_BYTES = 32;

const prefixes = ["prt", "pdv", "pak"] as const;

/** What a token opens: `prt` refreshes a session, `pdv` knows a device, `pak` is an API key. */
export type TokenPrefix = (typeof prefixes)[number];

/**
 * An unguessable bearer secret: the prefix, `_` and 256 random bits as base64url, 47 characters.
 * The prefix lets secret scanners and readers tell what leaked. Store only its digest.
 *
 * @throws TypeError for a prefix that is not in the list.
 */
export function generateToken(prefix: TokenPrefix): string {
  if (!prefixes.includes(prefix)) throw new TypeError("A token needs a known prefix.");
  return `${prefix}_${randomBytes(SECRET_BYTES).toString("base64url")}`;
}

/**
 * SHA-256 of a token, prefix included, as base64url, 43 characters: what is stored and looked up.
 * With 256 random bits there is nothing to guess, so one fast hash is enough (ASVS 5.0, 6.5.2).
 */
export function digestToken(token: string): string {
  return hash("sha256", token, "base64url");
}
