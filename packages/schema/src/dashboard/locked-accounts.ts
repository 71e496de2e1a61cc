import { sql } from "drizzle-orm";
import type { AnyPgColumn } from "drizzle-orm/pg-core";
import { type Database, query } from "../query.ts";
import { tableOf } from "../table-of.ts";
import { asMilliseconds } from "./as-milliseconds.ts";
import { asText, readUserId } from "./user-id.ts";
import { checkLimit, type Window } from "./window.ts";

/** A users table, or those of its columns that play these parts. */
export type LockableUsers = Readonly<
  Record<"id" | "accountLockedUntil" | "failedLoginAttempts", AnyPgColumn>
>;

export type LockedAccount<Id> = {
  readonly userId: Id;
  readonly lockedUntil: Date;
  readonly failedLoginAttempts: number;
};

type Row = { user_id: string; locked_until: number; failed_login_attempts: number };

/**
 * The accounts that are locked now, the longest lock first: 50 of them, unless said otherwise. Ids
 * alone: who they are is for the caller to look up.
 *
 * @throws RangeError for a limit out of range.
 */
export async function lockedAccounts<U extends LockableUsers>(
  db: Database,
  { users }: { users: U },
  { limit = 50 }: Pick<Window, "limit"> = {},
): Promise<LockedAccount<U["id"]["_"]["data"]>[]> {
  const rows = await query<Row>(
    db,
    sql`select ${asText(users.id)} as user_id, ${asMilliseconds(users.accountLockedUntil)} as locked_until,
        ${users.failedLoginAttempts}::int as failed_login_attempts
      from ${tableOf(users.id)}
      where ${users.accountLockedUntil} > now()
      order by ${users.accountLockedUntil} desc
      limit ${checkLimit(limit)}`,
  );
  return rows.map((row) => ({
    userId: readUserId(users.id, row.user_id),
    lockedUntil: new Date(row.locked_until),
    failedLoginAttempts: row.failed_login_attempts,
  }));
}
