import { type SQLWrapper, sql } from "drizzle-orm";
import { type Database, query } from "../query.ts";
import { tableOf } from "../table-of.ts";
import type { riskLevels } from "../views.ts";
import type { LockableUsers } from "./locked-accounts.ts";
import { readUserId } from "./user-id.ts";
import { checkLimit, type Window } from "./window.ts";

/**
 * The view `user_security_status`, by which the score is made. In Drizzle 1.0 it is no SQLWrapper.
 */
type SecurityStatus = Readonly<Record<"id" | "riskScore" | "riskLevel" | "isLocked", SQLWrapper>>;

export type RiskyAccount<Id> = {
  readonly userId: Id;
  /** From 0 to 100. */
  readonly riskScore: number;
  readonly riskLevel: (typeof riskLevels)[number];
  readonly isLocked: boolean;
  readonly failedLoginAttempts: number;
};

type Row = {
  user_id: string;
  risk_score: number;
  risk_level: RiskyAccount<unknown>["riskLevel"];
  is_locked: boolean;
  failed_login_attempts: number;
};

/** How many accounts are scored, of each kind, so that the cost does not grow with the users. */
const CANDIDATES_MAX = 1_000;

/**
 * The accounts that somebody is trying, by risk score, the highest first: 50 of them unless said
 * otherwise. Of those locked now the 1,000 longest locks are scored, and of those with failed
 * sign-ins since the last good one the 1,000 with the most.
 *
 * An account that nobody tries is not on the list, however idle: its score stands in the view.
 *
 * @throws RangeError for a limit out of range.
 */
export async function riskList<U extends LockableUsers>(
  db: Database,
  { users, userSecurityStatus: status }: { users: U; userSecurityStatus: SecurityStatus },
  { limit = 50 }: Pick<Window, "limit"> = {},
): Promise<RiskyAccount<U["id"]["_"]["data"]>[]> {
  const rows = await query<Row>(db, risky(users, status, checkLimit(limit)));
  return rows.map((row) => ({
    userId: readUserId(users.id, row.user_id),
    riskScore: row.risk_score,
    riskLevel: row.risk_level,
    isLocked: row.is_locked,
    failedLoginAttempts: row.failed_login_attempts,
  }));
}

/**
 * The ids come as one array: a join would make the view score every account first, since nothing
 * but a plain condition reaches through its security barrier.
 */
const risky = (users: LockableUsers, status: SecurityStatus, limit: number) => sql`
  select ${status.id}::text as user_id, ${status.riskScore}::int as risk_score,
    ${status.riskLevel}::text as risk_level, ${status.isLocked} as is_locked,
    failed_login_attempts::int as failed_login_attempts
  from ${status}
  where ${status.id} = any (array(
    (select ${users.id} from ${tableOf(users.id)} where ${users.accountLockedUntil} > now()
      order by ${users.accountLockedUntil} desc limit ${CANDIDATES_MAX})
    union
    (select ${users.id} from ${tableOf(users.id)} where ${users.failedLoginAttempts} > 0
      order by ${users.failedLoginAttempts} desc limit ${CANDIDATES_MAX})
  ))
  order by risk_score desc, failed_login_attempts desc, 1
  limit ${limit}`;
