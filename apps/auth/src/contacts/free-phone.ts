import { maskPhone } from "@postern/crypto";
import { sql } from "drizzle-orm";
import type { Deps } from "../deps.ts";
import { endWithCause } from "../endings/end-with-cause.ts";
import { isoTime } from "../iso-time.ts";
import { queueNotice } from "../notices/queue-notice.ts";
import { Problem } from "../problem.ts";
import { readFactors } from "../sessions/factor-gate.ts";
import { statement } from "../statement.ts";
import type { UserId } from "../tables.ts";
import type { TransactionStore } from "../transaction.ts";

const p = sql.placeholder;

/** The event names no client: it is another account's. */
const BY_NOBODY = { ipAddress: null, userAgent: null };

type Holder = { id: UserId; email: string; is_factor: boolean; at: number };

const release = statement<Holder>(
  (t) => sql`
    with found as materialized (
      select u.id, u.email from ${t.users} u
      where u.phone_number_index = ${p("phoneIndex")} and u.id <> ${p("userId")}
      for no key update
    ), factors as materialized (${readFactors(t, sql`found`)}
    ), holder as (
      select found.*, exists (select from factors f
        where f.method = 'sms' and f.confirmed_at is not null) as is_factor
      from found
    ), released as (
      update ${t.users} u set encrypted_phone_number = null, phone_number_index = null,
        phone_number_hint = null, phone_verified_at = null, updated_at = now()
      from holder where u.id = holder.id and not holder.is_factor
      returning u.id
    ), event as (
      insert into ${t.securityEvents} (event_type, severity, user_id, metadata)
      select 'phone_changed', 'medium', id, jsonb_build_object('reason', 'proved_for_another_account')
      from released
    )
    select id, email, is_factor, extract(epoch from now())::float8 as at from holder`,
);

/**
 * Takes a number from the account that has it, inside the transaction that gives it to whoever has
 * just proved it. Carriers give numbers out anew: the newest proof wins, or the person before could
 * go on receiving the codes of an account that is somebody else's by now, and the other way round.
 * Its owner is told.
 *
 * A number that is somebody's second factor stays: nobody weakens another's account by a text
 * message.
 *
 * @throws Problem phone_taken.
 */
export async function freePhone(
  deps: Deps,
  store: TransactionStore,
  { userId, phone, phoneIndex }: { userId: UserId; phone: string; phoneIndex: string },
): Promise<void> {
  const [holder] = await release(store, { userId, phoneIndex });
  if (holder?.is_factor) {
    throw new Problem("phone_taken");
  }
  if (holder) {
    const { id, email, at } = holder;
    // Nobody is signed out by it: there is nothing to announce.
    await endWithCause(deps, store, { cause: "phone_taken", userId: id, origin: BY_NOBODY });
    const variables = { phone: maskPhone(phone), at: isoTime(at) };
    await queueNotice(deps, store, {
      addressee: { userId: id, email },
      notice: { name: "phone_removed", variables },
    });
  }
}
