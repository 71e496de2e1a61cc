import { sql } from "drizzle-orm";
import type { AnyPgColumn, PgTable } from "drizzle-orm/pg-core";
import { type Database, query } from "../query.ts";
import { usersOf } from "../users-of.ts";

type PasswordHistory = PgTable &
  Readonly<Record<"id" | "userId" | "passwordHash" | "createdAt", AnyPgColumn>>;

export type ReuseQuestion<Id> = {
  readonly userId: Id;
  /** The new password, in clear. It goes to `verify` and nowhere else. */
  readonly password: string;
  /**
   * Whether a stored hash is of that password; `verifyPassword` of @postern/crypto, or your own.
   */
  readonly verify: (passwordHash: string, password: string) => Promise<boolean>;
  /** How many passwords before the current one count. 5 where left out. */
  readonly limit?: number | undefined;
};

const LIMIT_MAX = 50;

/**
 * Whether a new password is the current one or one of the last few (R-08).
 *
 * Costs at most `limit` + 1 verifications, one after the other, and ends at the first that matches.
 * The current hash is that of the bound users table; where it has no such column, the history
 * alone.
 *
 * @throws RangeError for a limit that is not a whole number from 0 to 50, and what `verify` throws.
 */
export async function isPasswordReused<T extends PasswordHistory>(
  db: Database,
  { passwordHistory }: { passwordHistory: T },
  { userId, password, verify, limit = 5 }: ReuseQuestion<T["userId"]["_"]["data"]>,
): Promise<boolean> {
  if (!(Number.isInteger(limit) && limit >= 0 && limit <= LIMIT_MAX)) {
    throw new RangeError(`A limit is a whole number from 0 to ${LIMIT_MAX}.`);
  }
  for (const passwordHash of await readHashes(db, passwordHistory, { userId, limit })) {
    if (await verify(passwordHash, password)) return true;
  }
  return false;
}

async function readHashes(
  db: Database,
  history: PasswordHistory,
  { userId, limit }: { userId: unknown; limit: number },
): Promise<string[]> {
  const users = usersOf(history);
  const current = users.column("passwordHash");
  const ofUser = sql.param(userId, users.id);
  const before = sql`(select ${history.passwordHash} as hash, false as is_current,
      ${history.createdAt} as at, ${history.id} as id
    from ${history} where ${history.userId} = ${ofUser}
    order by ${history.createdAt} desc, ${history.id} desc limit ${limit})`;
  const now = sql`(select ${current} as hash, true as is_current, null::timestamptz as at,
      null::uuid as id
    from ${users.table} where ${users.id} = ${ofUser})`;
  const rows = await query<{ hash: string }>(
    db,
    sql`select hash from (${current ? sql`${now} union all ${before}` : before}) as hashes
      where hash is not null order by is_current desc, at desc, id desc`,
  );
  return rows.map(({ hash }) => hash);
}
