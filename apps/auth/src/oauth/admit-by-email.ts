import { sql } from "drizzle-orm";
import { noName, opening } from "../accounts/opening.ts";
import { wipeUnproven } from "../accounts/wipe-unproven.ts";
import type { Deps } from "../deps.ts";
import { type Ended, endWithCause } from "../endings/end-with-cause.ts";
import type { Origin } from "../http/origin.ts";
import { queueNotice } from "../notices/queue-notice.ts";
import { statement } from "../statement.ts";
import type { UserId } from "../tables.ts";
import { connectIdentity } from "./connect-identity.ts";
import type { Identity } from "./identity.ts";

const p = sql.placeholder;

type Row = {
  id: UserId;
  email: string;
  is_verified: boolean;
  is_disabled: boolean;
  has_other_identity: boolean;
  was_unlinked: boolean;
};

const lock = statement<{ id: UserId }>(
  (t) => sql`
    select u.id from ${t.users} u where lower(u.email) = ${p("email")} for no key update`,
);

/** After the account was locked: what another sign-in links at this moment is seen. */
const find = statement<Row>(
  (t) => sql`
    select u.id, u.email, u.email_verified_at is not null as is_verified,
      u.disabled_at is not null as is_disabled, exists (
        select from ${t.oauthConnections} c where c.user_id = u.id and c.issuer = ${p("issuer")}
          and c.provider_account_id <> ${p("subject")} and c.unlinked_at is null
      ) as has_other_identity, exists (
        select from ${t.oauthConnections} c where c.user_id = u.id and c.issuer = ${p("issuer")}
          and c.provider_account_id = ${p("subject")} and c.unlinked_at is not null
      ) as was_unlinked
    from ${t.users} u where lower(u.email) = ${p("email")}`,
);

/** Who proved the address may have the account, so it is born verified, and without a password. */
const create = opening<{ id: UserId }>(
  (t, id) => sql`
    with created as (
      insert into ${t.users} (${id.column} email, name, user_type, email_verified_at)
      values (${id.value} ${p("email")}, ${p("name")}, ${p("userType")}, now())
      returning id
    ), event as (
      insert into ${t.securityEvents} (event_type, severity, user_id, ip_address, user_agent, metadata)
      select 'signup_success', 'low', id, ${p("ipAddress")}, ${p("userAgent")},
        jsonb_build_object('provider', ${p("provider")}::text) from created
    )
    select id from created`,
);

/** Of which proof an email is enough, for an identity that nobody here has yet. */
export type Admission =
  | { refused: "disabled" | "identity_exists" | "identity_unlinked"; userId: UserId; email: string }
  | { refused: null; userId: UserId; email: string; isNew: boolean; ended: Ended | null };

export type ProvenEmail = { identity: Identity; email: string; origin: Origin };

/**
 * Links an identity to the account that has its email, which the provider has verified: to a new
 * account where there is none; to a verified one; to an unverified one only after everything that
 * somebody else may have prepared in it is gone. In a transaction of the caller's.
 *
 * An account that knows another identity of this issuer is not linked by email: an address that
 * was given to somebody else comes with a new subject. Neither is an identity that its owner took off
 * this account: who has the mailbox must not undo that, a session of the account may.
 */
export async function admitByEmail(deps: Deps, input: ProvenEmail): Promise<Admission> {
  const { identity, email, origin } = input;
  const { issuer, subject } = identity;
  const [locked] = await lock(deps, { email });
  const [account] = await find(deps, { email, issuer, subject });
  if (!account) {
    return openAccount(deps, input);
  }
  if (!locked) {
    // It was opened between the two statements: unlocked, it could be claimed twice.
    return admitByEmail(deps, input);
  }
  const { id: userId, is_verified: isVerified } = account;
  const owner = { userId, email: account.email };
  if (account.is_disabled) {
    return { refused: "disabled", ...owner };
  }
  if (isVerified && account.has_other_identity) {
    return { refused: "identity_exists", ...owner };
  }
  if (isVerified && account.was_unlinked) {
    return { refused: "identity_unlinked", ...owner };
  }
  const ended = isVerified ? null : await claim(deps, userId, origin);
  const by = isVerified ? "email" : "claim";
  await connectIdentity(deps, { userId, identity, sessionId: null, by, origin });
  const at = deps.now().toISOString();
  await queueNotice(deps, deps, {
    addressee: owner,
    ownOrigin: origin,
    notice: isVerified
      ? { name: "connection_linked", variables: { provider: identity.provider, at } }
      : { name: "account_claimed", variables: { at } },
  });
  return { refused: null, ...owner, isNew: false, ended };
}

async function openAccount(
  deps: Deps,
  { identity, email, origin }: ProvenEmail,
): Promise<Admission> {
  const { ipAddress, userAgent } = origin;
  const { name, provider } = identity;
  const [created] = await create(deps, {
    ...{ email, name: name ?? noName(deps), userType: deps.config.userTypes[0] },
    ...{ provider, ipAddress, userAgent },
  });
  if (!created) {
    throw new Error("An insert without a condition always returns its row.");
  }
  const userId = created.id;
  await connectIdentity(deps, { userId, identity, sessionId: null, by: "sign_up", origin });
  return { refused: null, userId, email, isNew: true, ended: null };
}

async function claim(deps: Deps, userId: UserId, origin: Origin): Promise<Ended> {
  const cause = "claimed_by_provider";
  const ended = await endWithCause(deps, deps, { cause, userId, origin });
  await wipeUnproven(deps, { userId, origin });
  return ended;
}
