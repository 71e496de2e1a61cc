import { type DigestKeys, keyedDigest } from "@postern/crypto";

/** All that the secret of a link follows from, beside the key. */
export type LinkSource = Readonly<{
  /** From `newSeed()`. */
  seed: string;
  /** What the link is good for. */
  purpose: "reset_password";
  /** The normalised address that the link is sent to. */
  recipient: string;
}>;

/**
 * The secret of a link, 256 bits as base64url, 43 characters: derived like a code and never stored
 * (D3). What is kept of it is its SHA-256.
 */
export const deriveLinkSecret = (keys: DigestKeys, source: LinkSource): string =>
  keyedDigest(keys, "reset-link", source.seed, source.purpose, source.recipient);
