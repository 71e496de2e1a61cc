import { blindIndex, normaliseEmail } from "@postern/crypto";
import { queueMessage, recipientIndexOf } from "@postern/messages";
import { type SQL, sql } from "drizzle-orm";
import { readPhone } from "../contacts/phone-at-rest.ts";
import type { Deps } from "../deps.ts";
import { type Actor, announceEnding, type Ended, endWithCause } from "../endings/end-with-cause.ts";
import type { Origin } from "../http/origin.ts";
import { NOTICE_SECONDS, noticeLocale } from "../notices/notice-step.ts";
import { Problem } from "../problem.ts";
import { CREDENTIAL_SECONDS, requireRecentSignIn } from "../sessions/require-recent-sign-in.ts";
import type { AccessClaims } from "../sessions/verified-tokens.ts";
import { statement } from "../statement.ts";
import { schemaOf, type UserId } from "../tables.ts";
import type { TransactionStore } from "../transaction.ts";

type Account = { id: UserId; email: string; encrypted_phone_number: string | null };

/** An app's own users keep the row of who was erased, disabled: that is nobody's any more. */
const find = statement<Account>(
  (t) => sql`
    select u.id, u.email, u.encrypted_phone_number from ${t.users} u
    where u.id = ${sql.placeholder("userId")}
      and (${sql.placeholder("isOperator")}::boolean or u.disabled_at is null)
    for update`,
);

/**
 * Erases the caller's account and all that tells of them, by the register (D14): what outlives it
 * are facts about nobody. Access tokens end within a second, as after every end of a session.
 *
 * @throws Problem step_up_required where the sign-in is over 5 minutes old; session_ended where it
 *   is erased already.
 */
export async function eraseAccount(
  deps: Deps,
  { claims, origin }: { claims: AccessClaims; origin: Origin },
): Promise<void> {
  await requireRecentSignIn(deps, claims, CREDENTIAL_SECONDS);
  const ended = await wipeAccount(deps, { userId: claims.sub, origin, actorId: null });
  if (ended === null) {
    throw new Problem("session_ended");
  }
  await announceEnding(deps, ended);
}

export type WipeDeps = Pick<
  Deps,
  "db" | "tables" | "usersPlace" | "keyRing" | "digestKeys" | "now"
>;

type Wiping = {
  userId: string;
  /** With a language where the owner asks. */
  origin: Actor & Partial<Pick<Origin, "acceptLanguage">>;
  actorId: string | null;
};

/**
 * The same for whoever may ask: the owner, or an operator in their name. Returns what it
 * ended, or null without an account.
 */
export function wipeAccount(
  deps: WipeDeps,
  { userId, origin, actorId }: Wiping,
): Promise<Ended | null> {
  return deps.db.transaction(async (db) => {
    const store = { db, tables: deps.tables };
    const [account] = await find(store, { userId, isOperator: actorId !== null });
    if (!account) {
      return null;
    }
    const ended = await endWithCause(deps, store, { cause: "erased", userId, origin });
    const email = normaliseEmail(account.email);
    await db.execute(await erase(deps, store, account));
    await db.insert(deps.tables.securityEvents).values({
      eventType: "account_erased",
      severity: "medium",
      metadata: actorId === null ? {} : { actor: actorId },
    });
    if (email !== null) {
      // The row is nobody's, and gone with the log's retention.
      await queueMessage(db, deps, {
        name: "account_erased",
        userId: null,
        to: email,
        lifeSeconds: NOTICE_SECONDS,
        locale: noticeLocale(origin),
        variables: { at: deps.now().toISOString() },
      });
    }
    return ended;
  });
}

/** What was tried and sent by the address and the number before the account was there goes as well. */
async function erase(
  deps: WipeDeps,
  store: TransactionStore,
  { id, email, encrypted_phone_number: sealed }: Account,
): Promise<SQL> {
  const contacts = [
    { channel: "email", to: normaliseEmail(email) },
    { channel: "sms", to: await readPhone(deps, store, { userId: id, sealed }) },
  ] as const;
  const identifiers = contacts.flatMap(({ channel, to }) =>
    typeof to === "string"
      ? [
          blindIndex(deps.digestKeys, "login_attempts.identifier_index", to),
          recipientIndexOf(deps.digestKeys, { channel, to }),
        ]
      : [],
  );
  return sql`select ${sql.identifier(schemaOf(deps.tables))}.erase_user(${String(id)}, ${sql.param(identifiers)}::text[])`;
}
