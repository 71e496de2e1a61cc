import { hash, randomBytes } from "node:crypto";

const SECRET_BYTES = 32;

/** What a token opens: `prt` refreshes a session, `pdv` knows a device, `pak` is an API key. */
export type TokenPrefix = "prt" | "pdv" | "pak";

/**
 * An unguessable bearer secret: the prefix, `_` and 256 random bits as base64url, 47 characters.
 * The prefix lets secret scanners and readers tell what leaked. Store only its digest.
 */
export function generateToken(prefix: TokenPrefix): string {
  return `${prefix}_${randomBytes(SECRET_BYTES).toString("base64url")}`;
}

/**
 * SHA-256 of a token, prefix included, as base64url, 43 characters: what is stored and looked up.
 * With 256 random bits there is nothing to guess, so one fast hash is enough (ASVS 5.0, 6.5.2).
 */
export function digestToken(token: string): string {
  return hash("sha256", token, "base64url");
}
