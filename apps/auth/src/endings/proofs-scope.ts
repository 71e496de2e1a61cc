import { type DigestKeys, keyedDigest } from "@postern/crypto";

/**
 * The row of `attempt_lanes` whose `window_started_at` says since when proofs of an account count.
 *
 * It stands there because that table has a row for whatever is counted, has no key to an app's own
 * users, and forgets after a day what matters for ten minutes.
 */
export const proofsScope = (digestKeys: DigestKeys, userId: unknown): string =>
  keyedDigest(digestKeys, "lane", "own", "proofs", String(userId));
