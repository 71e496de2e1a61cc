import { type DigestKeys, keyedDigest } from "@postern/crypto";
import { type SQL, sql } from "drizzle-orm";
import type { Tables } from "../tables.ts";

const p = sql.placeholder;

/**
 * The row of `attempt_lanes` whose `window_started_at` says since when proofs of an account count.
 *
 * It stands there because that table has a row for whatever is counted, has no key to an app's own
 * users, and forgets after a day what matters for ten minutes.
 */
export const proofsScope = (digestKeys: DigestKeys, userId: unknown): string =>
  keyedDigest(digestKeys, "lane", "own", "proofs", String(userId));

/**
 * Whether a proof made at `provenAt` (microseconds since 1970) is void by now. True in a statement
 * that began after the account was locked: one that waits for the lock itself sees the row as it was
 * before.
 */
export const isProofVoid = (t: Tables): SQL => sql`exists (
  select from ${t.attemptLanes} proofs where proofs.lane_digest = ${p("proofsScope")}
    and proofs.window_started_at >= timestamptz 'epoch'
      + ${p("provenAt")}::bigint * interval '1 microsecond')`;
