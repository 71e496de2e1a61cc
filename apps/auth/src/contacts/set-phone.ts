import { maskPhone } from "@postern/crypto";
import { queueMessage } from "@postern/messages";
import { sqlState } from "@postern/process";
import { sql } from "drizzle-orm";
import { toUserView, USER_COLUMNS, type UserRow, type UserView } from "../accounts/account.ts";
import type { Deps } from "../deps.ts";
import { announceEnding, type Ended, endWithCause } from "../endings/end-with-cause.ts";
import type { Origin } from "../http/origin.ts";
import { isoTime } from "../iso-time.ts";
import { NOTICE_SECONDS, noticeLocale } from "../notices/notice-step.ts";
import { queueNotice } from "../notices/queue-notice.ts";
import { consumeCode } from "../one-time-codes/consume-code.ts";
import { statement } from "../statement.ts";
import type { TransactionStore } from "../transaction.ts";
import { freePhone } from "./free-phone.ts";
import { readPhone, sealPhone, unprovedPhoneIndex } from "./phone-at-rest.ts";

const UNIQUE_VIOLATION = "23505";
/** With each of them the number changes hands once. */
const RIVALS_MAX = 10;

const p = sql.placeholder;

type SetRow = UserRow & {
  at: number;
  is_same: boolean;
  /** The number that was verified before, if it was another. */
  old_phone: string | null;
};

const set = statement<SetRow>(
  (t) => sql`
    with before as (
      select u.id, coalesce(u.phone_number_index in (${p("phoneIndex")}, ${p("unprovedIndex")}), false) as is_same,
        case when u.phone_verified_at is not null then u.encrypted_phone_number end as phone
      from ${t.users} u where u.id = ${p("userId")} and u.disabled_at is null
      for no key update
    ), account as (
      update ${t.users} u set encrypted_phone_number = ${p("sealedPhone")},
        phone_number_index = ${p("phoneIndex")}, phone_number_hint = ${p("phoneHint")},
        phone_verified_at = now(), updated_at = now()
      from before where u.id = before.id
      returning ${sql.raw(USER_COLUMNS)}
    ), event as (
      insert into ${t.securityEvents} (event_type, severity, user_id, session_id, ip_address,
        user_agent)
      select case when is_same then 'phone_verified' else 'phone_changed' end,
        case when is_same then 'low' else 'medium' end, id, ${p("sessionId")}::uuid,
        ${p("ipAddress")}, ${p("userAgent")}
      from before
    )
    select account.*, before.is_same, extract(epoch from now())::float8 as at,
      case when not before.is_same then before.phone end as old_phone
    from account join before on true`,
);

export type ProvedContact = {
  challengeId: string;
  /** The address or number that the code went to. */
  recipient: string;
  sessionId: string | null;
  origin: Origin;
};

export type ProvedNumber = ProvedContact & {
  /** It takes the place of the verified one; else it is added where there is none. */
  isChange: boolean;
};

/**
 * Gives the account the number that it has just proved, verified. A number that it did not have is
 * told to its mail address, and to the number that it replaces: then other sessions end, and
 * what was sent to the old number is worth nothing from now on.
 *
 * Returns null where the code was used before or has ended. Nothing is done then.
 *
 * @throws Problem phone_taken.
 */
export async function setPhone(deps: Deps, proved: ProvedNumber): Promise<UserView | null> {
  for (let rivals = 0; ; rivals += 1) {
    try {
      const isSet = await deps.db.transaction((db) =>
        setIn(deps, { db, tables: deps.tables }, proved),
      );
      await (isSet?.ended && announceEnding(deps, isSet.ended));
      return isSet?.user ?? null;
    } catch (error) {
      // Several accounts prove one number at once: a later one takes it from whichever was faster.
      if (sqlState(error) !== UNIQUE_VIOLATION || rivals === RIVALS_MAX) {
        throw error;
      }
    }
  }
}

async function setIn(
  deps: Deps,
  store: TransactionStore,
  { challengeId, recipient: phone, isChange, sessionId, origin }: ProvedNumber,
): Promise<{ user: UserView; ended: Ended | null } | null> {
  const what = isChange ? "changed" : "added";
  const code = { challengeId, channel: "sms", recipient: phone, what } as const;
  const userId = await consumeCode(deps, store, code);
  if (userId === null) {
    return null;
  }
  const sealed = sealPhone(deps, userId, phone);
  await freePhone(deps, store, { userId, phone, phoneIndex: sealed.phoneIndex });
  const { ipAddress, userAgent } = origin;
  const unprovedIndex = unprovedPhoneIndex(deps, userId, phone);
  const values = { ...sealed, unprovedIndex, userId, sessionId, ipAddress, userAgent };
  const [row] = await set(store, values);
  if (!row) {
    return null;
  }
  if (!row.is_same) {
    await tell(deps, store, { row, phone, origin });
  }
  // A first number takes the place of none that proved anything.
  const ended =
    row.old_phone === null
      ? null
      : await endWithCause(deps, store, {
          ...{ cause: "phone_changed", userId, origin },
          ...(sessionId === null ? {} : { actingSessionId: sessionId }),
        });
  return { user: toUserView(row), ended };
}

async function tell(
  deps: Deps,
  store: TransactionStore,
  { row, phone, origin }: { row: SetRow; phone: string; origin: Origin },
): Promise<void> {
  const { id: userId, email, at, old_phone: oldPhone } = row;
  const variables = { to: maskPhone(phone), at: isoTime(at) };
  await queueNotice(deps, store, {
    addressee: { userId, email },
    notice: { name: "phone_changed", variables },
    ownOrigin: origin,
  });
  const to = await readPhone(deps, store, { userId, sealed: oldPhone });
  if (typeof to === "string") {
    await queueMessage(store.db, deps, {
      name: "phone_changed_sms",
      userId,
      to,
      lifeSeconds: NOTICE_SECONDS,
      locale: noticeLocale(origin),
    });
  }
}
