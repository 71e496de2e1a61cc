import { randomUUIDv7 } from "node:crypto";
import { maskEmail } from "@postern/crypto";
import { sql } from "drizzle-orm";
import type { Origin } from "../http/origin.ts";
import { type Store, statement } from "../statement.ts";
import type { UserId } from "../tables.ts";
import type { Identity } from "./identity.ts";

const p = sql.placeholder;

/** The row of an identity that its owner took off makes room for the new link. */
const forgetUnlinked = statement<unknown>(
  (t) => sql`
    delete from ${t.oauthConnections} c where c.issuer = ${p("issuer")}
      and c.provider_account_id = ${p("subject")} and c.unlinked_at is not null`,
);

/** The unique key of (issuer, provider_account_id) refuses an identity that somebody has. */
const insert = statement<unknown>(
  (t) => sql`
    with connection as (
      insert into ${t.oauthConnections} (id, user_id, provider, issuer, provider_account_id,
        email_hint, last_used_at)
      values (${p("id")}::uuid, ${p("userId")}, ${p("provider")}, ${p("issuer")}, ${p("subject")},
        ${p("emailHint")}, now())
    )
    insert into ${t.securityEvents} (event_type, severity, user_id, session_id, ip_address,
      user_agent, metadata)
    values ('oauth_linked', 'medium', ${p("userId")}, ${p("sessionId")}::uuid, ${p("ipAddress")},
      ${p("userAgent")}, jsonb_build_object('provider', ${p("provider")}::text,
        'by', ${p("by")}::text))`,
);

export type NewConnection = {
  userId: UserId;
  identity: Identity;
  /** The session that linked it; null for a sign-in. */
  sessionId: string | null;
  /** How it came about: a word for the event. */
  by: "sign_up" | "email" | "claim" | "session";
  origin: Origin;
};

/**
 * Links an identity to an account, in a transaction that locked the account. Of the provider's
 * tokens nothing is kept: nobody here has a use for them.
 *
 * Throws the database's unique violation where somebody has the identity already.
 */
export async function connectIdentity(
  store: Store,
  { userId, identity, sessionId, by, origin }: NewConnection,
): Promise<string> {
  const { provider, issuer, subject, email } = identity;
  const { ipAddress, userAgent } = origin;
  const id = randomUUIDv7();
  const emailHint = email === null ? null : maskEmail(email);
  const of = { provider, issuer, subject, emailHint };
  await forgetUnlinked(store, { issuer, subject });
  await insert(store, { id, userId, ...of, sessionId, by, ipAddress, userAgent });
  return id;
}
