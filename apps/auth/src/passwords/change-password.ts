import { sql } from "drizzle-orm";
import { ownLane } from "../attempts/lanes.ts";
import { recordFailure } from "../attempts/record-failure.ts";
import { type Attempt, reserveAttempt } from "../attempts/reserve-attempt.ts";
import type { Deps } from "../deps.ts";
import { announceEnding, type Ended, endWithCause } from "../endings/end-with-cause.ts";
import type { Origin } from "../http/origin.ts";
import { queueNotice } from "../notices/queue-notice.ts";
import { Problem } from "../problem.ts";
import { CREDENTIAL_SECONDS, requireRecentSignIn } from "../sessions/require-recent-sign-in.ts";
import type { AccessClaims } from "../sessions/verified-tokens.ts";
import { statement } from "../statement.ts";
import type { UserId } from "../tables.ts";
import { refuseReusedPassword } from "./refuse-reused-password.ts";
import { replacePassword } from "./replace-password.ts";
import { requireAcceptablePassword } from "./require-acceptable-password.ts";

type Account = { id: UserId; email: string; password_hash: string | null };

const find = statement<Account>(
  (t) => sql`
    select u.id, lower(u.email) as email, u.password_hash from ${t.users} u
    where u.id = ${sql.placeholder("userId")} and u.disabled_at is null`,
);

export type ChangePasswordInput = {
  claims: AccessClaims;
  currentPassword: string;
  newPassword: string;
  origin: Origin;
};

/**
 * Changes the password of a signed-in user who knows the current one.
 *
 * Every other session and device ends, and so do pending resets; the owner is told by mail. Guesses at the current password are counted in a lane of their own. What is refused changes
 * nothing.
 *
 * @throws Problem step_up_required, session_ended, invalid_credentials, account_locked,
 *   too_many_requests, password_rejected, password_reused.
 */
export async function changePassword(deps: Deps, input: ChangePasswordInput): Promise<void> {
  const { claims, newPassword: password } = input;
  await requireRecentSignIn(deps, claims, CREDENTIAL_SECONDS);
  const [account] = await find(deps, { userId: claims.sub });
  if (!account) {
    throw new Problem("session_ended");
  }
  const { id: userId, email } = account;
  await requireAcceptablePassword(deps, { password, email, field: "newPassword" });
  await proveCurrent(deps, account, input);
  await refuseReusedPassword(deps, { userId, password });
  const passwordHash = await deps.passwords.hash(password);
  await announceEnding(deps, await replace(deps, { account, passwordHash }, input));
}

async function proveCurrent(
  deps: Deps,
  account: Account,
  { currentPassword, origin }: ChangePasswordInput,
): Promise<void> {
  const lane = ownLane(deps.digestKeys, "password_change", account.id);
  const attempt = await reserveAttempt(deps, lane, origin);
  if (await verify(deps, attempt, [account.password_hash, currentPassword])) {
    return attempt.settle("succeeded");
  }
  await recordFailure(deps, {
    attempt,
    identifier: account.email,
    account,
    result: "failed_password",
    reason: "password_change",
    eventType: "failed_login_attempt",
    origin,
  });
  throw new Problem("invalid_credentials");
}

/** A hasher with no place left gives the attempt back: nothing was guessed. */
async function verify(
  { passwords }: Deps,
  attempt: Attempt,
  [stored, password]: readonly [string | null, string],
): Promise<boolean> {
  try {
    return (await passwords.verify(stored, password)).matches;
  } catch (error) {
    await attempt.settle("released");
    throw error;
  }
}

function replace(
  deps: Deps,
  { account, passwordHash }: { account: Account; passwordHash: string },
  { claims, origin }: ChangePasswordInput,
): Promise<Ended> {
  return deps.db.transaction(async (db) => {
    const store = { db, tables: deps.tables };
    const ended = await endWithCause(deps, store, {
      cause: "password_changed",
      userId: claims.sub,
      origin,
      actingSessionId: claims.sid,
    });
    const email = await replacePassword(store, {
      userId: account.id,
      passwordHash,
      previousHash: account.password_hash,
      eventType: "password_changed",
      method: "password",
      sessionId: claims.sid,
      ipAddress: origin.ipAddress,
      userAgent: origin.userAgent,
    });
    if (email === null) {
      // It was changed while the current one was being checked: what was proved is no longer so.
      throw new Problem("invalid_credentials");
    }
    const notice = {
      name: "password_changed",
      variables: { at: deps.now().toISOString() },
    } as const;
    const addressee = { userId: account.id, email };
    await queueNotice(deps, store, { addressee, notice, ownOrigin: origin });
    return ended;
  });
}
