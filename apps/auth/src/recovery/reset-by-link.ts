import { digestToken } from "@postern/crypto";
import { sql } from "drizzle-orm";
import type { Deps } from "../deps.ts";
import type { Origin } from "../http/origin.ts";
import { Problem } from "../problem.ts";
import { statement } from "../statement.ts";
import type { UserId } from "../tables.ts";
import { throttleAddress } from "../throttles/throttle-address.ts";
import { resetPassword } from "./reset-password.ts";

const p = sql.placeholder;

const find = statement<{ id: UserId; email: string }>(
  (t) => sql`
    select u.id, u.email from ${t.accountRecovery} r join ${t.users} u on u.id = r.user_id
    where r.token_hash = ${p("tokenHash")} and r.used_at is null and r.revoked_at is null
      and r.expires_at > now() and u.disabled_at is null`,
);

const use = statement<{ id: string }>(
  (t) => sql`
    update ${t.accountRecovery} r set used_at = now()
    where r.token_hash = ${p("tokenHash")} and r.used_at is null and r.revoked_at is null
      and r.expires_at > now()
    returning r.id`,
);

export type LinkReset = { token: string; newPassword: string; origin: Origin };

/**
 * Sets a new password by the secret of a mailed link: 256 bits, good once, for 30 minutes.
 *
 * @throws Problem invalid_link; password_rejected and password_reused, after which the link is still
 *   good; too_many_requests.
 */
export async function resetByLink(deps: Deps, input: LinkReset): Promise<void> {
  const { token, newPassword, origin } = input;
  await throttleAddress(deps, "recoveries_per_address_per_hour", origin);
  const tokenHash = digestToken(token);
  const [account] = await find(deps, { tokenHash });
  const isDone =
    account !== undefined &&
    (await resetPassword(deps, {
      account,
      newPassword,
      method: "email_link",
      useProof: async (store) => (await use(store, { tokenHash })).length > 0,
      origin,
    }));
  if (!isDone) {
    const { network, ipAddress, userAgent } = origin;
    deps.refusals.noteEvent("otp_failed", network, {
      reason: "invalid_link",
      ipAddress,
      userAgent,
    });
    throw new Problem("invalid_link");
  }
}
