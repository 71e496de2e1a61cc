import { randomUUIDv7 } from "node:crypto";
import { sqlState } from "@postern/process";
import { type SQL, sql } from "drizzle-orm";
import { sealPhone } from "../contacts/phone-at-rest.ts";
import type { Deps } from "../deps.ts";
import type { Origin } from "../http/origin.ts";
import { Problem } from "../problem.ts";
import { type Session, startSession } from "../sessions/start-session.ts";
import { statement } from "../statement.ts";
import type { Tables, UserId } from "../tables.ts";

const UNIQUE_VIOLATION = "23505";

const p = sql.placeholder;

/**
 * The account and its event, or the event alone where the email is taken. A phone number that
 * another account has is left out: who owns it is settled when it is verified.
 */
const buildOpen = (t: Tables, proof: { steps: SQL; holds: SQL; isVerified: boolean }) => sql`
  with ${proof.steps} created as (
    insert into ${t.users} (id, email, email_verified_at, name, user_type, password_hash,
      password_changed_at, encrypted_phone_number, phone_number_index, phone_number_hint)
    select ${p("id")}::uuid, ${p("email")}, ${proof.isVerified ? sql`now()` : sql`null`}, ${p("name")},
      ${p("userType")}, ${p("passwordHash")}, now(),
      case when free.phone then ${p("sealedPhone")} end,
      case when free.phone then ${p("phoneIndex")} end,
      case when free.phone then ${p("phoneHint")} end
    from (select not exists (
      select from ${t.users} where phone_number_index = ${p("phoneIndex")}) as phone) as free
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

const openUnproven = statement<{ id: UserId }>((t) =>
  buildOpen(t, { steps: sql``, holds: sql`true`, isVerified: false }),
);

/** The code's delivery row is used up in the same statement: it opens one account, ever (R-21). */
const openByCode = statement<{ id: UserId }>((t) =>
  buildOpen(t, {
    steps: sql`consumed as (
      update ${t.emailDeliveryLog} d set consumed_at = now()
      where d.challenge_id = ${p("challengeId")} and d.resend_of is null and d.consumed_at is null
      returning d.id
    ),`,
    holds: sql`exists (select from consumed)`,
    isVerified: true,
  }),
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
 * Opens an account and its first session. Null where the email is taken, or the code that proves it
 * was used before.
 */
export async function openAccount(
  deps: Deps,
  account: NewAccount,
  deviceToken: string | null = null,
): Promise<Session | null> {
  const { email, passwordHash, origin } = account;
  const userId = await insertAccount(deps, account);
  if (userId === null) {
    return null;
  }
  const outcome = await startSession(deps, {
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
}

async function insertAccount(deps: Deps, account: NewAccount): Promise<UserId | null> {
  const { phone, origin, ...given } = account;
  const id = randomUUIDv7();
  const values = { id, ...given, ipAddress: origin.ipAddress, userAgent: origin.userAgent };
  const open = account.challengeId === null ? openUnproven : openByCode;
  const [created] = await openOnce(
    (sealed) => open(deps, { ...values, ...sealed }),
    phone === null ? NO_PHONE : sealPhone(deps, id, phone),
  );
  return created?.id ?? null;
}

const NO_PHONE = { sealedPhone: null, phoneIndex: null, phoneHint: null };

type SealedPhone = Record<keyof typeof NO_PHONE, string | null>;

/** Two sign-ups with one phone number at once: whoever is later goes without it, as always. */
async function openOnce<Row>(
  open: (phone: SealedPhone) => Promise<Row[]>,
  phone: SealedPhone,
): Promise<Row[]> {
  try {
    return await open(phone);
  } catch (error) {
    if (sqlState(error) !== UNIQUE_VIOLATION) {
      throw error;
    }
    return open(NO_PHONE);
  }
}
