import { type SQL, sql } from "drizzle-orm";
import type { Deps } from "../deps.ts";
import type { Origin } from "../http/origin.ts";
import { codeValues, isOpenCode } from "../one-time-codes/consuming-steps.ts";
import { Problem } from "../problem.ts";
import { type Session, startSession } from "../sessions/start-session.ts";
import type { Tables, UserId } from "../tables.ts";
import { inTransaction } from "../transaction.ts";
import { keepPhone } from "./keep-phone.ts";
import { type NewId, opening } from "./opening.ts";

const p = sql.placeholder;

type Proof = { steps: SQL; holds: SQL; isVerified: boolean };

/** The account and its event, or the event alone where the email is taken. */
const buildOpen = (proof: Proof) => (t: Tables, id: NewId) =>
  sql`
  with ${proof.steps} created as (
    insert into ${t.users} (${id.column} email, email_verified_at, name, user_type, password_hash,
      password_changed_at)
    select ${id.value} ${p("email")}, ${proof.isVerified ? sql`now()` : sql`null`}, ${p("name")},
      ${p("userType")}, ${p("passwordHash")}, now()
    where ${proof.holds}
    on conflict ((lower(email))) do nothing
    returning id
  ), event as (
    insert into ${t.securityEvents} (event_type, severity, user_id, ip_address, user_agent, metadata)
    select case when created.id is null then 'signup_failed' else 'signup_success' end, 'low',
      created.id, ${p("ipAddress")}, ${p("userAgent")}, case when created.id is null
        then jsonb_build_object('reason', 'email_taken') else '{}'::jsonb end
    from (select where ${proof.holds}) as tried left join created on true
  )
  select id from created`;

const openUnproven = opening<{ id: UserId }>(
  buildOpen({ steps: sql``, holds: sql`true`, isVerified: false }),
);

/** The code's delivery row is used up in the same statement: it opens one account, ever (R-21). */
const openByCode = opening<{ id: UserId }>((t, id) =>
  buildOpen({
    steps: sql`consumed as (
      update ${t.emailDeliveryLog} d set consumed_at = now()
      where ${isOpenCode("email")}
      returning d.id
    ),`,
    holds: sql`exists (select from consumed)`,
    isVerified: true,
  })(t, id),
);

export type NewAccount = {
  /** Normalised. */
  email: string;
  name: string;
  userType: string;
  /** E.164; kept sealed, and not verified yet. */
  phone: string | null;
  passwordHash: string;
  /** The challenge of a right code, which proved the email; null where nothing did. */
  challengeId: string | null;
  origin: Origin;
};

/**
 * Opens an account and its first session, in one transaction: none is ever without. Null where the
 * email is taken, or the code that proves it was used before.
 */
export async function openAccount(
  deps: Deps,
  account: NewAccount,
  deviceToken: string | null = null,
): Promise<Session | null> {
  const { email, passwordHash, phone, origin } = account;
  return deps.db.transaction(async (db) => {
    const store = { db, tables: deps.tables };
    const within = inTransaction(deps, store);
    const userId = await insertAccount(within, account);
    if (userId === null) {
      return null;
    }
    if (phone !== null) {
      await keepPhone(deps, store, { userId, phone });
    }
    const outcome = await startSession(within, {
      proof: { kind: "created", userId, passwordHash },
      identifier: email,
      lane: null,
      deviceToken,
      origin,
    });
    if (outcome?.next !== "session") {
      throw new Problem("session_ended");
    }
    return outcome.session;
  });
}

async function insertAccount(within: Deps, account: NewAccount): Promise<UserId | null> {
  const { phone: _, origin, ...given } = account;
  const { ipAddress, userAgent } = origin;
  const { challengeId, email } = account;
  const open = challengeId === null ? openUnproven : openByCode;
  const code =
    challengeId === null
      ? {}
      : codeValues(within, { challengeId, channel: "email", recipient: email });
  const [created] = await open(within, { ...given, ...code, ipAddress, userAgent });
  return created?.id ?? null;
}
