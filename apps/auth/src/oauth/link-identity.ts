import { sqlState } from "@postern/process";
import { sql } from "drizzle-orm";
import { requireUnlocked } from "../attempts/require-unlocked.ts";
import type { Deps } from "../deps.ts";
import type { Origin } from "../http/origin.ts";
import { queueNotice } from "../notices/queue-notice.ts";
import { Problem } from "../problem.ts";
import { statement } from "../statement.ts";
import type { UserId } from "../tables.ts";
import { connectIdentity } from "./connect-identity.ts";
import type { Identity } from "./identity.ts";
import { type IdentityProof, proveIdentity } from "./prove-identity.ts";
import { recordOauthFailure } from "./record-oauth-failure.ts";

const p = sql.placeholder;
const UNIQUE_VIOLATION = "23505";

const lock = statement<{ id: UserId; email: string }>(
  (t) => sql`
    select u.id, u.email from ${t.users} u where u.id = ${p("userId")} and u.disabled_at is null
    for no key update`,
);

export type LinkIdentityInput = {
  proof: IdentityProof;
  /** Whose session it is, from the access token of a recent sign-in. */
  userId: string;
  sessionId: string;
  origin: Origin;
};

/**
 * Links a proven identity to the account of a session. Whatever its email is, and verified or not:
 * the session has proved the account, the provider the identity. Answers the connection's id.
 *
 * A lock on the account holds here too.
 *
 * @throws Problem connection_taken where another account or this one has the identity,
 *   account_locked, session_ended, and what `proveIdentity` throws.
 */
export async function linkIdentity(deps: Deps, input: LinkIdentityInput): Promise<string> {
  await requireUnlocked(deps, input);
  return connect(deps, input, await proveIdentity(deps, input.proof, input.origin));
}

async function connect(
  deps: Deps,
  { userId, sessionId, origin }: LinkIdentityInput,
  identity: Identity,
): Promise<string> {
  try {
    return await deps.db.transaction(async (db) => {
      const store = { db, tables: deps.tables };
      const [account] = await lock(store, { userId });
      if (!account) {
        throw new Problem("session_ended");
      }
      const { id, email } = account;
      const by = "session";
      const linked = await connectIdentity(store, { userId: id, identity, sessionId, by, origin });
      const variables = { provider: identity.provider, at: deps.now().toISOString() };
      await queueNotice(deps, store, {
        addressee: { userId: id, email },
        notice: { name: "connection_linked", variables },
        ownOrigin: origin,
      });
      return linked;
    });
  } catch (error) {
    if (sqlState(error) !== UNIQUE_VIOLATION) {
      throw error;
    }
    const { provider } = identity;
    await recordOauthFailure(deps, { provider, reason: "connection_taken", origin });
    throw new Problem("connection_taken", { cause: error });
  }
}
