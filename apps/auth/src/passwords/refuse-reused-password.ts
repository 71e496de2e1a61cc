import { throttle } from "@postern/counters";
import { keyedDigest } from "@postern/crypto";
import { isPasswordReused } from "@postern/schema/record";
import type { Deps } from "../deps.ts";
import { Problem } from "../problem.ts";
import type { UserId } from "../tables.ts";

const HOUR_SECONDS = 3_600;

/**
 * Refuses the current password and the last few. Each comparison is a full hash, at most six
 * by default, so a user may ask for it a few times an hour. Only for who has proved the right to
 * change the password: the answer tells what it was.
 *
 * @throws Problem password_reused, too_many_requests.
 */
export async function refuseReusedPassword(
  deps: Deps,
  { userId, password }: { userId: UserId; password: string },
): Promise<void> {
  const { allowed, retryAfterSeconds } = await throttle(deps.counters, {
    name: "password-changes",
    subject: keyedDigest(deps.digestKeys, "throttle", "password-change", String(userId)),
    limit: deps.config.limits.password_changes_per_user_per_hour,
    windowSeconds: HOUR_SECONDS,
  });
  if (!allowed) {
    throw new Problem("too_many_requests", { retryAfterSeconds });
  }
  const isReused = await isPasswordReused(deps.db, deps.tables, {
    userId,
    password,
    limit: deps.config.passwordRules.history,
    verify: async (hash, typed) => (await deps.passwords.verify(hash, typed)).matches,
  });
  if (isReused) {
    throw new Problem("password_reused", {
      errors: [{ pointer: "/newPassword", message: "is_reused" }],
    });
  }
}
