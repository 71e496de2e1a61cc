import { throttle } from "@postern/counters";
import { keyedDigest } from "@postern/crypto";
import type { Deps } from "../deps.ts";
import { Problem } from "../problem.ts";
import { CREDENTIAL_SECONDS, requireRecentSignIn } from "../sessions/require-recent-sign-in.ts";
import type { AccessClaims } from "../sessions/verified-tokens.ts";
import type { Contacts } from "./find-contacts.ts";

const HOUR_SECONDS = 3_600;

/**
 * Changing where an account is reached changes who may recover it. The caller signed in within five
 * minutes; where the contact is a second factor, with two of them: who has the password alone must
 * not move the factor to a number of theirs.
 *
 * @throws Problem step_up_required.
 */
export function requireRightToChange(
  deps: Pick<Deps, "now">,
  claims: AccessClaims,
  { factors, channel }: Pick<Contacts, "factors"> & { channel: "email" | "sms" },
): void {
  requireRecentSignIn(deps, claims, CREDENTIAL_SECONDS);
  if (factors.includes(channel) && claims.amr.length < 2) {
    throw new Problem("step_up_required");
  }
}

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
