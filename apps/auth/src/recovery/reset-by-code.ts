import type { MessageChannel } from "@postern/messages";
import type { Deps } from "../deps.ts";
import type { Origin } from "../http/origin.ts";
import { consumeCode } from "../one-time-codes/consume-code.ts";
import { codeOwner, codeValues } from "../one-time-codes/consuming-steps.ts";
import { statement } from "../statement.ts";
import type { UserId } from "../tables.ts";
import { resetPassword } from "./reset-password.ts";

type Owner = { id: UserId; email: string };

const find = {
  email: statement<Owner>((t) => codeOwner(t, ["email", "reset"])),
  sms: statement<Owner>((t) => codeOwner(t, ["sms", "reset"])),
} as const satisfies Record<MessageChannel, unknown>;

export type CodeReset = {
  challengeId: string;
  channel: MessageChannel;
  /** Where the code went to. */
  recipient: string;
  newPassword: string;
  origin: Origin;
};

/**
 * Sets a new password for whoever has just presented the right code of a challenge made for that.
 *
 * Returns false where the code was used before or has ended, or the account does not have that contact
 * any more.
 *
 * @throws Problem password_rejected, password_reused, too_many_requests: the code is still good.
 */
export async function resetByCode(deps: Deps, input: CodeReset): Promise<boolean> {
  const { challengeId, channel, recipient, newPassword, origin } = input;
  const code = { challengeId, channel, recipient, what: "reset" } as const;
  const [account] = await find[channel](deps, codeValues(deps, code));
  if (!account) {
    return false;
  }
  return resetPassword(deps, {
    account,
    newPassword,
    method: channel === "email" ? "email_code" : "sms_code",
    useProof: async (store) => (await consumeCode(deps, store, code)) !== null,
    origin,
  });
}
