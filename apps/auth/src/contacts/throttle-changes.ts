import { throttle } from "@postern/counters";
import { keyedDigest } from "@postern/crypto";
import type { Deps } from "../deps.ts";
import { Problem } from "../problem.ts";

const HOUR_SECONDS = 3_600;

/**
 * Each request sends a notice to the old address: a stolen session must not flood it.
 *
 * @throws Problem otp_limit.
 */
export async function throttleChanges(
  { config, counters, digestKeys }: Deps,
  userId: string,
): Promise<void> {
  const { allowed, retryAfterSeconds } = await throttle(counters, {
    name: "contact_changes_per_account_per_hour",
    subject: keyedDigest(digestKeys, "throttle", "account", userId),
    limit: config.limits.contact_changes_per_account_per_hour,
    windowSeconds: HOUR_SECONDS,
  });
  if (!allowed) {
    throw new Problem("otp_limit", { retryAfterSeconds: Math.max(1, retryAfterSeconds) });
  }
}
