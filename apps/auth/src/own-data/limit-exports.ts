import { CountersAwayError, refundThrottle, takeHold, throttle } from "@postern/counters";
import { keyedDigest } from "@postern/crypto";
import type { Deps } from "../deps.ts";
import { Problem } from "../problem.ts";

const HOUR_SECONDS = 3_600;
const name = "exports_per_account_per_hour";

/** How long an export may take, the reading by its client included. */
export const EXPORT_SECONDS_MAX = 120;
const MARGIN_SECONDS = 10;

/** One export of an account, which counts until it is given back. */
export type ExportPlace = {
  /** The next one may begin. */
  release: () => Promise<void>;
  /** The same, and it counts as none: nothing was handed out. */
  giveBack: () => Promise<void>;
};

/**
 * Takes the place of an account's export: one at a time over all processes, and a few an hour.
 *
 * @throws Problem too_many_requests; CountersAwayError while Redis is away: nothing opens.
 */
export async function takeExportPlace(
  { config, counters, digestKeys }: Deps,
  userId: string,
): Promise<ExportPlace> {
  const subject = keyedDigest(digestKeys, "throttle", "account", userId);
  const lifeSeconds = EXPORT_SECONDS_MAX + MARGIN_SECONDS;
  const hold = await takeHold(counters, { name: "export", subject, lifeSeconds });
  if (!hold.isMine) {
    throw new Problem("too_many_requests", { retryAfterSeconds: hold.retryAfterSeconds });
  }
  const release = () => whereUp(hold.release());
  try {
    const { allowed, retryAfterSeconds } = await throttle(counters, {
      ...{ name, subject, limit: config.limits[name], windowSeconds: HOUR_SECONDS },
    });
    if (!allowed) {
      throw new Problem("too_many_requests", { retryAfterSeconds });
    }
  } catch (error) {
    await release();
    throw error;
  }
  const refund = () => whereUp(refundThrottle(counters, { name, subject }));
  return { release, giveBack: async () => void (await Promise.all([release(), refund()])) };
}

/** A hold lapses by itself, should Redis be away. */
async function whereUp(done: Promise<void>): Promise<void> {
  try {
    await done;
  } catch (error) {
    if (!(error instanceof CountersAwayError)) throw error;
  }
}
