import type { MessageChannel } from "@postern/messages";
import { type SQL, sql } from "drizzle-orm";
import { type Store, statement } from "../statement.ts";
import type { Tables, UserId } from "../tables.ts";

const consume = (log: (t: Tables) => SQL) =>
  statement<{ user_id: UserId }>(
    (t) => sql`
    update ${log(t)} d set consumed_at = now() from ${t.users} u
    where d.challenge_id = ${sql.placeholder("challengeId")} and d.resend_of is null
      and d.consumed_at is null and u.id = d.user_id and u.disabled_at is null
    returning d.user_id`,
  );

const consumeFrom = {
  email: consume((t) => sql`${t.emailDeliveryLog}`),
  sms: consume((t) => sql`${t.smsDeliveryLog}`),
};

export type CodeRow = { channel: MessageChannel; challengeId: string };

/**
 * Marks a verified code's delivery row as used, inside a transaction of the caller's: this, and not
 * Redis, is what makes a code good for one use ever.
 *
 * Returns whose code it was; null where it was used before, the account is disabled, or the row is a
 * decoy's.
 */
export async function consumeCode(
  store: Store,
  { channel, challengeId }: CodeRow,
): Promise<UserId | null> {
  const [row] = await consumeFrom[channel](store, { challengeId });
  return row?.user_id ?? null;
}
