import { maskEmail } from "@postern/crypto";
import { sqlState } from "@postern/process";
import { sql } from "drizzle-orm";
import { toUserView, USER_COLUMNS, type UserRow, type UserView } from "../accounts/account.ts";
import type { Deps } from "../deps.ts";
import { announceEnding, type Ended, endWithCause } from "../endings/end-with-cause.ts";
import { isoTime } from "../iso-time.ts";
import { queueNotice } from "../notices/queue-notice.ts";
import { consumeCode } from "../one-time-codes/consume-code.ts";
import { statement } from "../statement.ts";
import type { ProvedContact } from "./set-phone.ts";

const UNIQUE_VIOLATION = "23505";

const p = sql.placeholder;

type ReplacedRow = UserRow & { old_email: string; at: number };

const replace = statement<ReplacedRow>(
  (t) => sql`
    with before as (
      select u.id, u.email from ${t.users} u where u.id = ${p("userId")} and u.disabled_at is null
      for no key update
    ), account as (
      update ${t.users} u set email = ${p("email")}, email_verified_at = now(), updated_at = now()
      from before where u.id = before.id
      returning ${sql.raw(USER_COLUMNS)}
    ), event as (
      insert into ${t.securityEvents} (event_type, severity, user_id, session_id, ip_address,
        user_agent)
      select 'email_changed', 'medium', id, ${p("sessionId")}::uuid, ${p("ipAddress")},
        ${p("userAgent")}
      from account
    )
    select account.*, before.email as old_email, extract(epoch from now())::float8 as at
    from account join before on true`,
);

/**
 * Gives the account the address that it has just proved, verified. Both addresses are told,
 * other sessions end, and what was sent to the old one is worth nothing from now on.
 *
 * Returns null where the code was used before, or somebody has taken the address meanwhile.
 */
export async function replaceEmail(deps: Deps, proved: ProvedContact): Promise<UserView | null> {
  try {
    const replaced = await replaceOnce(deps, proved);
    await (replaced && announceEnding(deps, replaced.ended));
    return replaced?.user ?? null;
  } catch (error) {
    if (sqlState(error) === UNIQUE_VIOLATION) {
      return null;
    }
    throw error;
  }
}

type Replaced = { user: UserView; ended: Ended };

function replaceOnce(
  deps: Deps,
  { challengeId, recipient: email, sessionId, origin }: ProvedContact,
): Promise<Replaced | null> {
  const { ipAddress, userAgent } = origin;
  return deps.db.transaction(async (db) => {
    const store = { db, tables: deps.tables };
    const userId = await consumeCode(deps, store, {
      ...{ challengeId, channel: "email", recipient: email, what: "changed" },
    });
    if (userId === null) {
      return null;
    }
    const [row] = await replace(store, { userId, email, sessionId, ipAddress, userAgent });
    if (!row) {
      return null;
    }
    const variables = { to: maskEmail(email), at: isoTime(row.at) };
    for (const to of [row.old_email, email]) {
      await queueNotice(deps, store, {
        addressee: { userId, email: to },
        notice: { name: "email_changed", variables },
        ownOrigin: origin,
      });
    }
    const ended = await endWithCause(deps, store, {
      ...{ cause: "email_changed", userId, origin },
      ...(sessionId === null ? {} : { actingSessionId: sessionId }),
    });
    return { user: toUserView(row), ended };
  });
}
