import type { Deps } from "../deps.ts";
import { type Ended, endWithCause } from "../endings/end-with-cause.ts";
import type { Origin } from "../http/origin.ts";
import { consumeCode } from "../one-time-codes/consume-code.ts";
import type { UserId } from "../tables.ts";
import type { TransactionStore } from "../transaction.ts";
import { wipeUnproven } from "./wipe-unproven.ts";

export type ClaimInput = {
  challengeId: string;
  /** The address that the code went to. */
  recipient: string;
  origin: Origin;
};

/**
 * Hands an account with an unproven email to whoever has just proved it by a code, in the caller's
 * transaction.
 *
 * Somebody else may have opened it with a password of theirs and waited (account pre-hijacking,
 * Sudhodanan and Paverd 2022): the password, sessions, factors, devices, keys and links go.
 *
 * Returns the account, and what is to be announced once it is committed; null where the code was
 * used before or the email is verified already.
 */
export async function claimAccount(
  deps: Deps,
  store: TransactionStore,
  { challengeId, recipient, origin }: ClaimInput,
): Promise<{ userId: UserId; ended: Ended } | null> {
  const code = { challengeId, channel: "email", recipient, what: "claimed" } as const;
  const userId = await consumeCode(deps, store, code);
  if (userId === null) {
    return null;
  }
  const ended = await endWithCause(deps, store, { cause: "claimed_by_code", userId, origin });
  await wipeUnproven(store, { userId, origin });
  return { userId, ended };
}
