import type { MessageChannel } from "@postern/messages";
import { type SQL, sql } from "drizzle-orm";
import type { Deps } from "../deps.ts";
import type { Origin } from "../http/origin.ts";
import { consumeCode } from "../one-time-codes/consume-code.ts";
import { statement } from "../statement.ts";
import type { Tables, UserId } from "../tables.ts";
import { resetPassword } from "./reset-password.ts";

const findIn = (log: (t: Tables) => SQL) =>
  statement<{ id: UserId; email: string }>(
    (t) => sql`
      select u.id, u.email from ${log(t)} d join ${t.users} u on u.id = d.user_id
      where d.challenge_id = ${sql.placeholder("challengeId")} and d.resend_of is null
        and d.consumed_at is null and u.disabled_at is null`,
  );

const find = {
  email: findIn((t) => sql`${t.emailDeliveryLog}`),
  sms: findIn((t) => sql`${t.smsDeliveryLog}`),
} as const satisfies Record<MessageChannel, unknown>;

export type CodeReset = {
  challengeId: string;
  channel: MessageChannel;
  newPassword: string;
  origin: Origin;
};

/**
 * Sets a new password for whoever has just presented the right code of a challenge made for that.
 *
 * Returns false where the code was used before.
 *
 * @throws Problem password_rejected, password_reused, too_many_requests: the code is still good.
 */
export async function resetByCode(deps: Deps, input: CodeReset): Promise<boolean> {
  const { challengeId, channel, newPassword, origin } = input;
  const [account] = await find[channel](deps, { challengeId });
  if (!account) {
    return false;
  }
  return resetPassword(deps, {
    account,
    newPassword,
    method: channel === "email" ? "email_code" : "sms_code",
    useProof: async (store) => (await consumeCode(store, { channel, challengeId })) !== null,
    origin,
  });
}
