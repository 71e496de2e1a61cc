import { type DigestKeys, digestToken, keyedDigest } from "@postern/crypto";

/** The two lanes in which sign-in attempts on one identifier are counted. */
export type Lanes = { stranger: string; device: string | null; deviceTokenHash: string | null };

/**
 * Both lanes can be named before the account is read. The device's lane may be used only once its
 * token was matched to a live device of that very account: nobody chooses it by sending a token.
 */
export function lanesOf(
  digestKeys: DigestKeys,
  identifier: string,
  deviceToken: string | null,
): Lanes {
  const deviceTokenHash = deviceToken === null ? null : digestToken(deviceToken);
  return {
    stranger: keyedDigest(digestKeys, "lane", identifier),
    device:
      deviceTokenHash === null
        ? null
        : keyedDigest(digestKeys, "lane", identifier, deviceTokenHash),
    deviceTokenHash,
  };
}
