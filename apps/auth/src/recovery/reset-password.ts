import { sql } from "drizzle-orm";
import { wipeUnproven } from "../accounts/wipe-unproven.ts";
import type { Deps } from "../deps.ts";
import { announceEnding, endWithCause } from "../endings/end-with-cause.ts";
import type { Cause } from "../endings/what-ends-with-what.ts";
import type { Origin } from "../http/origin.ts";
import { queueNotice } from "../notices/queue-notice.ts";
import { refuseReusedPassword } from "../passwords/refuse-reused-password.ts";
import { replacePassword } from "../passwords/replace-password.ts";
import { requireAcceptablePassword } from "../passwords/require-acceptable-password.ts";
import { type Store, statement } from "../statement.ts";
import type { UserId } from "../tables.ts";

const lockAccount = statement<{ is_verified: boolean }>(
  (t) => sql`
    select u.email_verified_at is not null as is_verified from ${t.users} u
    where u.id = ${sql.placeholder("userId")} and u.disabled_at is null for no key update`,
);

export type ProvenReset = {
  account: { id: UserId; email: string };
  newPassword: string;
  /** How the right to it was proved. */
  method: "email_link" | "email_code" | "sms_code";
  /**
   * Uses the proof up, inside the transaction that locked the account. False where it was used
   * before: then nothing changes.
   */
  useProof: (store: Store) => Promise<boolean>;
  origin: Origin;
};

const RESETS = {
  email_link: "reset_by_link",
  email_code: "reset_by_code",
  sms_code: "reset_by_code",
} as const satisfies Record<ProvenReset["method"], Cause>;

const CLAIMS = {
  email_link: "claimed_by_link",
  email_code: "claimed_by_code",
  sms_code: "reset_by_code",
} as const satisfies Record<ProvenReset["method"], Cause>;

/**
 * Sets a new password for somebody who has proved that the account's address or number is theirs.
 *
 * Every session and device ends, and so do other pending resets and the lock. It signs
 * nobody in, and the second factor stays: the next sign-in asks for it. A mail that reached
 * an address nobody had proved before proves it, and what was prepared there is wiped.
 *
 * A password that is refused uses nothing up. Returns false where the proof was used before.
 *
 * @throws Problem password_rejected, password_reused, too_many_requests.
 */
export async function resetPassword(deps: Deps, reset: ProvenReset): Promise<boolean> {
  const { account, newPassword: password, origin } = reset;
  const { id: userId, email } = account;
  await requireAcceptablePassword(deps, { password, email, field: "newPassword" });
  await refuseReusedPassword(deps, { userId, password });
  const passwordHash = await deps.passwords.hash(password);
  const done = await deps.db.transaction(async (db) => {
    const store = { db, tables: deps.tables };
    const [locked] = await lockAccount(store, { userId });
    if (!locked || !(await reset.useProof(store))) {
      return null;
    }
    const isClaim = !locked.is_verified && reset.method !== "sms_code";
    const cause = (isClaim ? CLAIMS : RESETS)[reset.method];
    const ended = await endWithCause(deps, store, { cause, userId, origin });
    if (isClaim) {
      await wipeUnproven(store, { userId, origin });
    }
    await replacePassword(store, {
      userId,
      passwordHash,
      eventType: "password_reset_completed",
      method: reset.method,
      sessionId: null,
      ipAddress: origin.ipAddress,
      userAgent: origin.userAgent,
    });
    const notice = { name: "password_reset", variables: { at: deps.now().toISOString() } } as const;
    const addressee = { userId, email };
    await queueNotice(deps, store, { addressee, notice, ownOrigin: origin });
    return ended;
  });
  if (done === null) {
    return false;
  }
  await announceEnding(deps, done);
  return true;
}
