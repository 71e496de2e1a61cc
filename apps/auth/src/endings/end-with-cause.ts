import { sql } from "drizzle-orm";
import { clearLocks, forgetLocks, type UnlockDeps } from "../attempts/clear-locks.ts";
import type { Deps } from "../deps.ts";
import { announceEnd } from "../sessions/announce-end.ts";
import { statement } from "../statement.ts";
import type { UserId } from "../tables.ts";
import type { TransactionStore } from "../transaction.ts";
import { buildEnd } from "./build-end.ts";
import { proofsScope } from "./proofs-scope.ts";
import { type Cause, causes, endsOf } from "./what-ends-with-what.ts";

const lockAccount = statement<{ id: UserId }>(
  (t) => sql`select id from ${t.users} where id = ${sql.placeholder("userId")} for no key update`,
);

const endings = Object.fromEntries(
  causes.map((cause) => [
    cause,
    statement<{ session_id: string }>((t) => buildEnd(t, endsOf(cause))),
  ]),
) as Readonly<Record<Cause, ReturnType<typeof statement<{ session_id: string }>>>>;

/** Where it was asked for. Nulls where an operator acts at the command line. */
export type Actor = { ipAddress: string | null; userAgent: string | null };

export type Ending = {
  cause: Exclude<Cause, "password_expired">;
  userId: UserId | string;
  origin: Actor;
  /** The session that acts, where the owner does. */
  actingSessionId?: string;
  /** Of `device_revoked` the device, of `provider_unlinked` the connection. */
  subjectId?: string;
  /** The administrator's id, or `operator`, where it was not the owner who acted. */
  actorId?: string;
};

/** What is still to be told once the transaction has committed: see `announceEnding`. */
export type Ended = Readonly<{ sessions: readonly string[]; lockoutScopes: readonly string[] }>;

export type EndDeps = Omit<UnlockDeps, "counters">;

/**
 * Ends what a cause ends of an account, by the table of `whatEndsWithWhat`, inside the transaction
 * in which the cause comes true. Call `announceEnding` with the result once that has committed.
 *
 * The account is locked first and by itself, so that the second statement sees a session that was
 * being started at this moment. Whatever the account has gathered, it takes the same few trips.
 */
export async function endWithCause(
  deps: EndDeps,
  store: TransactionStore,
  ending: Ending,
): Promise<Ended> {
  const { cause, userId, origin, actorId } = ending;
  const { ipAddress, userAgent } = origin;
  const { lockoutScopes, reason } = endsOf(cause);
  await lockAccount(store, { userId });
  // Before the devices end, whose locks are among them.
  const scopes =
    lockoutScopes === "ended"
      ? await clearLocks(deps, store, { userId: userId as UserId, reason: "recovery", origin })
      : [];
  const ended = await endings[cause](store, {
    userId,
    reason,
    ipAddress,
    userAgent,
    actingSessionId: ending.actingSessionId ?? null,
    subjectId: ending.subjectId ?? null,
    actor: actorId ?? null,
    proofsScope: proofsScope(deps.digestKeys, userId),
  });
  return { sessions: ended.map(({ session_id }) => session_id), lockoutScopes: scopes };
}

/** Tells this process and the others of it. */
export async function announceEnding(
  deps: Pick<Deps, "revocations" | "counters">,
  { sessions, lockoutScopes }: Ended,
): Promise<void> {
  await Promise.all([announceEnd(deps, sessions), forgetLocks(deps, lockoutScopes)]);
}
