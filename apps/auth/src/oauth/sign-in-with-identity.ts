import { sqlState } from "@postern/process";
import { sql } from "drizzle-orm";
import type { Deps } from "../deps.ts";
import { announceEnding } from "../endings/end-with-cause.ts";
import type { Origin } from "../http/origin.ts";
import { Problem } from "../problem.ts";
import { findAccount } from "../sessions/find-account.ts";
import { type SignInOutcome, startSession } from "../sessions/start-session.ts";
import { statement } from "../statement.ts";
import type { UserId } from "../tables.ts";
import { inTransaction } from "../transaction.ts";
import { type Admission, admitByEmail } from "./admit-by-email.ts";
import { type Connection, findConnection } from "./find-connection.ts";
import type { Identity } from "./identity.ts";
import { recordOauthFailure } from "./record-oauth-failure.ts";

export type SignInWithIdentityInput = {
  identity: Identity;
  deviceToken: string | null;
  origin: Origin;
};

const UNIQUE_VIOLATION = "23505";
/** One opens the account, another links the identity: whoever comes third finds both. */
const OTHERS_MAX = 2;

const p = sql.placeholder;

/** The account first, as everywhere: an unlinking at this moment waits, or is waited for. */
const use = statement<{ id: string }>(
  (t) => sql`
    with account as materialized (
      select u.id from ${t.users} u where u.id = ${p("userId")} and u.disabled_at is null
      for no key update
    ), used as (
      update ${t.oauthConnections} c set last_used_at = now() from account
      where c.id = ${p("connectionId")}::uuid and c.user_id = account.id and c.unlinked_at is null
      returning c.id
    )
    select id from used`,
);

const noteSuccess = statement<unknown>(
  (t) => sql`
    insert into ${t.securityEvents} (event_type, user_id, ip_address, user_agent, metadata)
    values ('oauth_success', ${p("userId")}, ${p("ipAddress")}, ${p("userAgent")},
      jsonb_build_object('provider', ${p("provider")}::text))`,
);

/**
 * Signs in whom a provider vouches for: by the identity where an account here has it, otherwise by
 * the email where the provider has verified it. A second factor is asked for as after
 * a password.
 *
 * @throws Problem oauth_failed (a disabled account too), link_required, account_locked,
 *   too_many_requests.
 */
export async function signInWithIdentity(
  deps: Deps,
  input: SignInWithIdentityInput,
): Promise<SignInOutcome> {
  for (let others = 0; ; others += 1) {
    try {
      return await decide(deps, input);
    } catch (error) {
      // Somebody opened the account, or linked the identity, at the same moment: now it is there.
      if (sqlState(error) !== UNIQUE_VIOLATION || others === OTHERS_MAX) {
        throw error;
      }
    }
  }
}

async function decide(deps: Deps, input: SignInWithIdentityInput): Promise<SignInOutcome> {
  const { identity } = input;
  const connection = await findConnection(deps, identity);
  if (connection) {
    return signInByConnection(deps, input, connection);
  }
  if (identity.email === null || !identity.emailVerified) {
    // Whether an account has the email makes no difference: nobody learns that here.
    throw await refuse(deps, input, { reason: "email_unproven", account: null });
  }
  return signInByEmail(deps, { ...input, email: identity.email });
}

async function signInByConnection(
  deps: Deps,
  input: SignInWithIdentityInput,
  { id: connectionId, userId, email }: Connection,
): Promise<SignInOutcome> {
  const outcome = await deps.db.transaction(async (db) => {
    const inside = inTransaction(deps, { db, tables: deps.tables });
    const [used] = await use(inside, { connectionId, userId });
    return used ? start(inside, input, { userId, email, isNew: false }) : null;
  });
  if (!outcome) {
    throw await refuse(deps, input, { reason: "disabled", account: { userId, email } });
  }
  return outcome;
}

async function signInByEmail(
  deps: Deps,
  input: SignInWithIdentityInput & { email: string },
): Promise<SignInOutcome> {
  await requireOpenLane(deps, input);
  const { admission, outcome } = await deps.db.transaction(async (db) => {
    const inside = inTransaction(deps, { db, tables: deps.tables });
    const admission = await admitByEmail(inside, input);
    return admission.refused === null
      ? { admission, outcome: await start(inside, input, admission) }
      : { admission, outcome: null };
  });
  if (outcome === null) {
    throw await refuse(deps, input, { reason: admission.refused, account: admission });
  }
  await (admission.ended && announceEnding(deps, admission.ended));
  return outcome;
}

/**
 * A lock on the account, or on an email that nobody has, holds here too: a link is a new way in
 * . No attempt is spent, since nothing that could be guessed is compared.
 */
async function requireOpenLane(
  deps: Deps,
  { identity, email, deviceToken, origin }: SignInWithIdentityInput & { email: string },
): Promise<void> {
  const { state } = await findAccount(deps, { identifier: email, deviceToken });
  const retryAfterSeconds = state.lockedForSeconds;
  if (retryAfterSeconds > 0) {
    const { provider } = identity;
    await recordOauthFailure(deps, { provider, reason: "locked", email, origin });
    throw new Problem("account_locked", { retryAfterSeconds });
  }
}

/** For an account that the transaction has locked and found to be in use. */
async function start(
  deps: Deps,
  { identity, deviceToken, origin }: SignInWithIdentityInput,
  { userId, email, isNew }: { userId: UserId; email: string; isNew: boolean },
): Promise<SignInOutcome> {
  const proof = { kind: "oauth", userId } as const;
  const outcome = await startSession(deps, {
    proof,
    identifier: email,
    lane: null,
    deviceToken,
    origin,
    // A new account's first device needs no warning.
    ...(isNew ? { owner: { email: null, failures: null } } : {}),
  });
  if (!outcome) {
    throw new Error("An account that is locked and in use always gets its session.");
  }
  const { ipAddress, userAgent } = origin;
  await noteSuccess(deps, { userId, provider: identity.provider, ipAddress, userAgent });
  return outcome;
}

type Refusal = {
  reason: NonNullable<Admission["refused"]> | "email_unproven";
  /** The account that was meant. */
  account: { userId: UserId; email: string } | null;
};

/** A disabled account is answered as an ID token that is none: one refusal, told apart by nothing. */
async function refuse(
  deps: Deps,
  { identity: { provider }, origin }: SignInWithIdentityInput,
  { reason, account }: Refusal,
): Promise<Problem> {
  await recordOauthFailure(deps, { provider, reason, ...account, origin });
  return new Problem(reason === "disabled" ? "oauth_failed" : "link_required");
}
