import { type SQL, sql } from "drizzle-orm";
import type { AnyPgColumn, PgTable } from "drizzle-orm/pg-core";
import type { Database } from "../query.ts";
import type { attemptResults } from "../tables/login-attempts.ts";
import type { UsersColumn } from "../users-columns.ts";
import { type BoundUsers, usersOf } from "../users-of.ts";
import { insertRow } from "./insert-row.ts";
import { storableAddress, storableUuid } from "./storable-parts.ts";
import { storableText } from "./storable-text.ts";

type LoginAttempts = PgTable &
  Readonly<
    Record<
      | "identifierHint"
      | "identifierIndex"
      | "userId"
      | "ipAddress"
      | "userAgent"
      | "attemptResult"
      | "failureReason"
      | "deviceId",
      AnyPgColumn
    >
  >;

export type LoginAttempt<Id> = {
  /** Masked, as `maskEmail` of @postern/crypto does it: what was typed is never stored. */
  readonly identifierHint: string;
  /** The blind index of what was typed (`blindIndex` of @postern/crypto). */
  readonly identifierIndex: string;
  /** Null or left out where no account has the identifier. */
  readonly userId?: Id | null | undefined;
  readonly attemptResult: (typeof attemptResults)[number];
  readonly failureReason?: string | null | undefined;
  readonly ipAddress?: string | null | undefined;
  readonly userAgent?: string | null | undefined;
  readonly deviceId?: string | null | undefined;
  /** Until when this failure locks the account, where it does. */
  readonly lockedUntil?: Date | null | undefined;
};

const BLIND_INDEX = /^[A-Za-z0-9_-]{22}$/;
/** What costs somebody a guess. A refusal before that is counted in the log alone. */
const GUESSES: readonly string[] = ["failed_password", "failed_second_factor", "disabled"];

/**
 * Writes a row of login_attempts and, in the same statement, what the account keeps of it: the last
 * sign-in after a success, one failure more after a wrong guess. Of the columns that
 * `userSecurityColumns()` gives, those that the bound users table lacks are left out.
 *
 * Runs in the caller's transaction where `db` is one. What the client sent is cleaned and cut, so
 * that the row of a log cannot fail a sign-in; an address or a device that is none becomes null.
 *
 * @throws TypeError where `identifierIndex` is no blind index, so that nothing is stored in clear.
 */
export async function recordLoginAttempt<T extends LoginAttempts>(
  db: Database,
  { loginAttempts }: { loginAttempts: T },
  attempt: LoginAttempt<T["userId"]["_"]["data"]>,
): Promise<void> {
  if (!BLIND_INDEX.test(attempt.identifierIndex)) {
    throw new TypeError("identifierIndex must be a blind index: 22 characters of base64url.");
  }
  const row = insertAttempt(loginAttempts, attempt);
  const users = usersOf(loginAttempts);
  const changes = attempt.userId == null ? [] : trackedChanges(users, attempt);
  await db.execute(
    changes.length === 0
      ? row
      : sql`with attempt as (${row}) update ${users.table} set ${sql.join(changes, sql`, `)}
          where ${users.id} = ${sql.param(attempt.userId, users.id)}`,
  );
}

const insertAttempt = (t: LoginAttempts, attempt: LoginAttempt<unknown>): SQL =>
  insertRow(t, [
    [t.identifierHint, sql`${storableText(attempt.identifierHint, 260) ?? ""}`],
    [t.identifierIndex, sql`${attempt.identifierIndex}`],
    [t.userId, sql`${sql.param(attempt.userId ?? null, t.userId)}`],
    [t.attemptResult, sql`${attempt.attemptResult}`],
    [t.failureReason, sql`${storableText(attempt.failureReason, 100)}`],
    [t.ipAddress, sql`${storableAddress(attempt.ipAddress)}`],
    [t.userAgent, sql`${storableText(attempt.userAgent, 512)}`],
    [t.deviceId, sql`${storableUuid(attempt.deviceId)}`],
  ]);

function trackedChanges(users: BoundUsers, attempt: LoginAttempt<unknown>): SQL[] {
  const set = (part: UsersColumn, value: (column: AnyPgColumn) => SQL): SQL[] => {
    const column = users.column(part);
    return column ? [sql`${sql.identifier(column.name)} = ${value(column)}`] : [];
  };
  if (attempt.attemptResult === "success") {
    return [
      ...set("lastLoginAt", () => sql`now()`),
      ...set("lastLoginIp", () => sql`${storableAddress(attempt.ipAddress)}`),
      ...set("lastActivityAt", () => sql`now()`),
      ...set("failedLoginAttempts", () => sql`0`),
      ...set("accountLockedUntil", () => sql`null`),
    ];
  }
  const { lockedUntil } = attempt;
  return [
    ...(GUESSES.includes(attempt.attemptResult)
      ? set("failedLoginAttempts", (column) => sql`${column} + 1`)
      : []),
    ...(lockedUntil
      ? set("accountLockedUntil", () => sql`${lockedUntil.toISOString()}::timestamptz`)
      : []),
  ];
}
