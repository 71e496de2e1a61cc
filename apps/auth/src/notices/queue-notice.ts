import { normaliseEmail } from "@postern/crypto";
import { type QueuedMessage, queueMessage } from "@postern/messages";
import type { Deps } from "../deps.ts";
import type { Origin } from "../http/origin.ts";
import type { Tables, UserId } from "../tables.ts";
import type { TransactionStore } from "../transaction.ts";
import { NOTICE_SECONDS, type Notice, noticeLocale } from "./notice-step.ts";

/** Whose notice it is, and where they read mail. */
export type Addressee = { userId: UserId; email: string };

/**
 * Queues a notice in the transaction that makes it true, for callers that are no hot path. An
 * account without an address that mail could go to gets none.
 */
export async function queueNotice(
  deps: Pick<Deps, "keyRing" | "digestKeys">,
  { db, tables }: TransactionStore,
  { addressee, notice, ownOrigin }: { addressee: Addressee; notice: Notice; ownOrigin?: Origin },
): Promise<void> {
  const to = normaliseEmail(addressee.email);
  if (to !== null) {
    const { userId } = addressee;
    const locale = noticeLocale(ownOrigin);
    const message = { ...notice, to, locale, userId, lifeSeconds: NOTICE_SECONDS };
    await queueMessage(
      db,
      { ...deps, tables },
      message as QueuedMessage<Tables["emailDeliveryLog"]>,
    );
  }
}
