import { maskEmail } from "@postern/crypto";
import { sqlState } from "@postern/process";
import { type SQL, sql } from "drizzle-orm";
import { phoneIndex } from "../contacts/phone-at-rest.ts";
import type { Deps } from "../deps.ts";
import { isoTime } from "../iso-time.ts";
import { Problem } from "../problem.ts";
import { statement } from "../statement.ts";
import type { UserId } from "../tables.ts";
import { isNoId } from "./is-no-id.ts";

/** An account in a list: enough to pick one, its address masked. */
export type ListedAccount = {
  id: string;
  email: string;
  name: string | null;
  role: string;
  createdAt: string;
  lockedUntil: string | null;
  disabledAt: string | null;
};

type Row = {
  id: UserId;
  email: string;
  name: string | null;
  role: string;
  created_at: number;
  locked_until: number | null;
  disabled_at: number | null;
};

const p = sql.placeholder;

const listing = (where: SQL) =>
  statement<Row>(
    (t) => sql`
      select u.id, u.email, u.name, u.role, extract(epoch from u.created_at)::float8 as created_at,
        extract(epoch from u.account_locked_until)::float8 as locked_until,
        extract(epoch from u.disabled_at)::float8 as disabled_at
      from ${t.users} u where ${where} order by u.id limit ${p("limit")}::int + 1`,
  );

const firstPage = listing(sql`true`);
const nextPage = listing(sql`u.id > ${p("after")}`);
const byEmail = listing(sql`lower(u.email) = ${p("email")}`);
const byPhone = listing(sql`u.phone_number_index = ${p("phoneIndex")}`);

type Page = { users: ListedAccount[]; nextCursor: string | null };

/**
 * The accounts in the order of their ids, page by page. `nextCursor` asks for those after them.
 *
 * @throws Problem invalid_request for a cursor that is not ours.
 */
export async function listAccounts(
  deps: Deps,
  { limit, cursor }: { limit: number; cursor: string | undefined },
): Promise<Page> {
  const rows = await readPage(deps, { limit, cursor });
  const shown = rows.slice(0, limit);
  const last = rows.length > limit ? shown.at(-1) : undefined;
  return { users: shown.map(toListed), nextCursor: last ? String(last.id) : null };
}

async function readPage(
  deps: Deps,
  { limit, cursor }: { limit: number; cursor: string | undefined },
): Promise<Row[]> {
  try {
    return cursor === undefined
      ? await firstPage(deps, { limit })
      : await nextPage(deps, { limit, after: cursor });
  } catch (error) {
    if (isNoId(sqlState(error))) {
      throw new Problem("invalid_request", {
        cause: error,
        errors: [{ pointer: "/cursor", message: "must be a nextCursor of an answer" }],
      });
    }
    throw error;
  }
}

/** Whom to look for: the whole address or number, normalised. */
export type Sought = { email: string } | { phone: string };

/** The account with exactly this address or number: none or one. Looked up in its index. */
export async function searchAccounts(deps: Deps, sought: Sought): Promise<ListedAccount[]> {
  const rows =
    "email" in sought
      ? await byEmail(deps, { limit: 1, email: sought.email })
      : await byPhone(deps, { limit: 1, phoneIndex: phoneIndex(deps, sought.phone) });
  return rows.map(toListed);
}

const toListed = (row: Row): ListedAccount => ({
  id: String(row.id),
  email: maskEmail(row.email),
  name: row.name,
  role: row.role,
  createdAt: isoTime(row.created_at),
  lockedUntil: row.locked_until === null ? null : isoTime(row.locked_until),
  disabledAt: row.disabled_at === null ? null : isoTime(row.disabled_at),
});
