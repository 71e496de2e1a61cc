import { randomUUIDv7 } from "node:crypto";
import { blindIndex, normalisePhone, seal } from "@postern/crypto";
import { sqlState } from "@postern/process";
import { sql } from "drizzle-orm";
import type { Deps } from "../deps.ts";
import type { Origin } from "../http/origin.ts";
import { requireAcceptablePassword } from "../passwords/require-acceptable-password.ts";
import { Problem } from "../problem.ts";
import { type Session, startSession } from "../sessions/start-session.ts";
import { statement } from "../statement.ts";
import type { UserId } from "../tables.ts";
import { throttleAddress } from "../throttles/throttle-address.ts";

export type SignUpInput = {
  /** Normalised. */
  email: string;
  password: string;
  name: string;
  userType: string;
  /** As typed; kept sealed, in E.164, and not verified yet. */
  phone: string | null;
  origin: Origin;
};

const UNIQUE_VIOLATION = "23505";

const p = sql.placeholder;

/**
 * The account and its event, or the event alone where the email is taken. A phone number that
 * another account has is left out: who owns it is settled when it is verified.
 */
const create = statement<{ id: UserId }>(
  (t) => sql`
    with created as (
      insert into ${t.users} (id, email, name, user_type, password_hash, password_changed_at,
        encrypted_phone_number, phone_number_index)
      select ${p("id")}::uuid, ${p("email")}, ${p("name")}, ${p("userType")}, ${p("passwordHash")}, now(),
        case when free.phone then ${p("sealedPhone")} end, case when free.phone then ${p("phoneIndex")} end
      from (select not exists (
        select from ${t.users} where phone_number_index = ${p("phoneIndex")}) as phone) as free
      on conflict ((lower(email))) do nothing
      returning id
    ), event as (
      insert into ${t.securityEvents} (event_type, severity, user_id, ip_address, user_agent, metadata)
      select case when created.id is null then 'signup_failed' else 'signup_success' end, 'low',
        created.id, ${p("ipAddress")}, ${p("userAgent")}, case when created.id is null
          then jsonb_build_object('reason', 'email_taken') else '{}'::jsonb end
      from (values (1)) as always left join created on true
    )
    select id from created`,
);

/**
 * Opens an account and its first session. The email is not verified by that: the client asks for a
 * code (`verify_email`) when it wants to.
 *
 * @throws Problem password_rejected with the reasons, email_taken, too_many_requests,
 *   invalid_request for a phone number that is none.
 */
export async function signUp(deps: Deps, input: SignUpInput): Promise<Session> {
  await requireAcceptablePassword(deps, input);
  await throttleAddress(deps, "sign_ups_per_address_per_hour", input.origin);
  const id = randomUUIDv7();
  const phone = sealPhone(deps, id, input.phone);
  const passwordHash = await deps.passwords.hash(input.password);
  const { email, name, userType, origin } = input;
  const { ipAddress, userAgent } = origin;
  const values = { id, email, name, userType, passwordHash, ...phone, ipAddress, userAgent };
  const [created] = await createOnce(deps, values);
  if (!created) {
    throw new Problem("email_taken");
  }
  const outcome = await startSession(deps, {
    proof: { kind: "created", userId: created.id, passwordHash },
    identifier: email,
    lane: null,
    deviceToken: null,
    origin,
  });
  if (outcome?.next !== "session") {
    throw new Problem("session_ended");
  }
  return outcome.session;
}

/** Two sign-ups with one phone number at once: whoever is later goes without it, as always. */
async function createOnce(deps: Deps, values: Readonly<Record<string, unknown>>) {
  try {
    return await create(deps, values);
  } catch (error) {
    if (sqlState(error) !== UNIQUE_VIOLATION) {
      throw error;
    }
    return create(deps, { ...values, sealedPhone: null, phoneIndex: null });
  }
}

function sealPhone({ keyRing, digestKeys }: Deps, rowId: string, typed: string | null) {
  if (typed === null) {
    return { sealedPhone: null, phoneIndex: null };
  }
  const phone = normalisePhone(typed);
  if (phone === null) {
    throw new Problem("invalid_request", {
      errors: [{ pointer: "/phone", message: "must be a phone number with its country code" }],
    });
  }
  return {
    sealedPhone: seal(keyRing, phone, { table: "users", column: "encrypted_phone_number", rowId }),
    phoneIndex: blindIndex(digestKeys, "users.phone_number_index", phone),
  };
}
