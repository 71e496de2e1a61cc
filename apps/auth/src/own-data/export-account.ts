import { personalData } from "@postern/schema/personal-data";
import { is, sql } from "drizzle-orm";
import { getTableConfig, PgTable } from "drizzle-orm/pg-core";
import { openPhone } from "../contacts/phone-at-rest.ts";
import type { Deps } from "../deps.ts";
import type { Origin } from "../http/origin.ts";
import { Problem } from "../problem.ts";
import type { Actor } from "../sessions/end-all-sessions.ts";
import { requireRecentSignIn, SENSITIVE_SECONDS } from "../sessions/require-recent-sign-in.ts";
import type { AccessClaims } from "../sessions/verified-tokens.ts";
import type { UserId } from "../tables.ts";

type Row = Record<string, unknown>;

export type AccountExport = {
  exportedAt: string;
  account: Row;
  /** By the name of the table; the newest rows of each, 10,000 at most. */
  tables: Record<string, Row[]>;
};

const ROWS_MAX = 10_000;

/**
 * Everything that Postern keeps about the caller, as the register of personal data names it, but for
 * what is a secret. The phone number is opened: it is theirs.
 *
 * @throws Problem step_up_required where the sign-in is over 15 minutes old, session_ended.
 */
export async function exportAccount(
  deps: Deps,
  { claims, origin }: { claims: AccessClaims; origin: Origin },
): Promise<AccountExport> {
  await requireRecentSignIn(deps, claims, SENSITIVE_SECONDS);
  const { sub: userId, sid: sessionId } = claims;
  const collected = await collectAccount(deps, { userId, origin, sessionId, actorId: null });
  if (!collected) {
    throw new Problem("session_ended");
  }
  return collected;
}

export type CollectDeps = Pick<
  Deps,
  "db" | "tables" | "usersPlace" | "keyRing" | "digestKeys" | "now"
>;

type Collecting = {
  userId: string;
  origin: Actor;
  sessionId: string | null;
  /** Who asked for it, where that was not the owner. */
  actorId: string | null;
};

/**
 * The same for whoever may ask: the owner, or an operator in their name, who may also where the
 * account is disabled. Null without an account.
 */
export async function collectAccount(
  deps: CollectDeps,
  { userId, origin, sessionId, actorId }: Collecting,
): Promise<AccountExport | null> {
  const account = await readAccount(deps, { userId, isOperator: actorId !== null });
  if (!account) {
    return null;
  }
  const tables: Record<string, Row[]> = {};
  for (const table of Object.values(deps.tables)) {
    const columns = is(table, PgTable) ? exportedColumns(getTableConfig(table).name) : [];
    if (is(table, PgTable) && columns.length > 0) {
      tables[getTableConfig(table).name] = await readRows(deps, table, { columns, userId });
    }
  }
  const { ipAddress, userAgent } = origin;
  await deps.db.insert(deps.tables.securityEvents).values({
    ...{ eventType: "account_exported", severity: "medium", userId, sessionId },
    ...{ ipAddress, userAgent, metadata: actorId === null ? {} : { actor: actorId } },
  });
  return { exportedAt: deps.now().toISOString(), account, tables };
}

/** Of tables whose rows belong to an account, what is no secret. */
function exportedColumns(name: string): string[] {
  const data = personalData[name];
  if (!data || !Object.hasOwn(data.personal, "user_id")) {
    return [];
  }
  const shown = Object.entries(data.personal).filter(([, column]) => !column.isSecret);
  return [...shown.map(([column]) => column), ...data.impersonal].filter(
    (column) => column !== "user_id",
  );
}

function readRows(
  { db }: CollectDeps,
  table: PgTable,
  { columns, userId }: { columns: readonly string[]; userId: string },
): Promise<Row[]> {
  const list = sql.join(
    columns.map((column) => sql.identifier(column)),
    sql`, `,
  );
  const newest = sql.identifier(columns.includes("created_at") ? "created_at" : "id");
  return db.execute<Row>(sql`
    select ${list} from ${table} where user_id = ${userId} order by ${newest} desc limit ${ROWS_MAX}`);
}

async function readAccount(
  deps: CollectDeps,
  { userId, isOperator }: { userId: string; isOperator: boolean },
): Promise<Row | null> {
  const { users } = deps.tables;
  const [row] = await deps.db.execute<Row>(sql`
    select u.id, u.email, u.email_verified_at, u.name, u.user_type, u.role, u.encrypted_phone_number,
      u.phone_verified_at, u.last_login_at, u.last_login_ip, u.last_activity_at,
      u.password_changed_at, u.created_at
    from ${users} u where u.id = ${userId} and (${isOperator} or u.disabled_at is null)`);
  if (!row) {
    return null;
  }
  const { encrypted_phone_number: sealed, ...account } = row;
  const id = row.id as UserId;
  return { ...account, phone: sealed === null ? null : openPhone(deps, id, String(sealed)) };
}
