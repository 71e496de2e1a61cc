import { type DigestKeys, keyedDigest } from "@postern/crypto";

/** Providers that sign nothing: what they report is believed because they know the path. */
export type UnsignedProvider = "africas_talking" | "postmark";

/** The path at the notifier for a provider's receipts, with the secret that follows from our key. */
export const callbackPath = (keys: DigestKeys, provider: UnsignedProvider): string =>
  `/callbacks/${provider}/${keyedDigest(keys, "callback-path", provider)}`;
