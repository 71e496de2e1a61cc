import { personalData } from "@postern/schema/personal-data";
import { is, sql } from "drizzle-orm";
import { getTableConfig, PgTable } from "drizzle-orm/pg-core";
import { openPhone } from "../contacts/phone-at-rest.ts";
import type { Deps } from "../deps.ts";
import type { Origin } from "../http/origin.ts";
import { Problem } from "../problem.ts";
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
  requireRecentSignIn(deps, claims, SENSITIVE_SECONDS);
  const { sub: userId, sid: sessionId } = claims;
  const account = await readAccount(deps, userId);
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
    ...{ ipAddress, userAgent },
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
  { db }: Deps,
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

async function readAccount(deps: Deps, userId: string): Promise<Row> {
  const { users } = deps.tables;
  const [row] = await deps.db.execute<Row>(sql`
    select u.id, u.email, u.email_verified_at, u.name, u.user_type, u.role, u.encrypted_phone_number,
      u.phone_verified_at, u.last_login_at, u.last_login_ip, u.last_activity_at,
      u.password_changed_at, u.created_at
    from ${users} u where u.id = ${userId} and u.disabled_at is null`);
  if (!row) {
    throw new Problem("session_ended");
  }
  const { encrypted_phone_number: sealed, ...account } = row;
  const id = row.id as UserId;
  return { ...account, phone: sealed === null ? null : openPhone(deps, id, String(sealed)) };
}
