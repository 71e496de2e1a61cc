import { digestToken } from "@postern/crypto";
import { recipientIndexOf } from "@postern/messages";
import { sql } from "drizzle-orm";
import type { Deps } from "../deps.ts";
import type { Origin } from "../http/origin.ts";
import { Problem } from "../problem.ts";
import { type Store, statement } from "../statement.ts";
import type { UserId } from "../tables.ts";
import { throttleAddress } from "../throttles/throttle-address.ts";
import { resetPassword } from "./reset-password.ts";

const p = sql.placeholder;

type Owner = { id: UserId; email: string; recipient: string };

const find = statement<Owner>(
  (t) => sql`
    select u.id, u.email, lower(u.email) as recipient
    from ${t.accountRecovery} r join ${t.users} u on u.id = r.user_id
    where r.token_hash = ${p("tokenHash")} and r.used_at is null and r.revoked_at is null
      and r.expires_at > now() and u.disabled_at is null`,
);

/** Of an account that is locked: it still has the address that the link was mailed to. */
const use = statement<{ id: string }>(
  (t) => sql`
    update ${t.accountRecovery} r set used_at = now()
    from ${t.users} u, ${t.emailDeliveryLog} d
    where r.token_hash = ${p("tokenHash")} and r.used_at is null and r.revoked_at is null
      and r.expires_at > now() and u.id = r.user_id and lower(u.email) = ${p("recipient")}
      and d.id = r.id and d.to_email_index = ${p("recipientIndex")}
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
      useProof: (store) => consumeLink(deps, store, { tokenHash, recipient: account.recipient }),
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

async function consumeLink(
  { digestKeys }: Pick<Deps, "digestKeys">,
  store: Store,
  { tokenHash, recipient }: { tokenHash: string; recipient: string },
): Promise<boolean> {
  const recipientIndex = recipientIndexOf(digestKeys, { channel: "email", to: recipient });
  return (await use(store, { tokenHash, recipient, recipientIndex })).length > 0;
}
