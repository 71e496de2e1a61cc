import { PushError } from "../database/push-error.ts";
import { quoted } from "../database/quoted.ts";
import { isBusy } from "./lock-retries.ts";
import type { Run } from "./run.ts";

type Fault = { readonly code?: string; readonly message: string };

const WHAT_STAYS = "Nothing of it was done, what ran before stays; run it again when";

/**
 * A failure of one migration as a PushError of one line. Anything that is no answer of PostgreSQL's
 * comes back as it is. No row and no query text is repeated: they may hold secrets.
 */
export async function explainStep(error: unknown, run: Run, version: string): Promise<unknown> {
  if (error instanceof PushError) return error;
  const { code = "", message } = error as Fault;
  if (isBusy(error)) {
    const others = await blockersOf(run).catch(() => []);
    const who = others.length > 0 ? ` Open now: ${others.join("; ")}.` : "";
    return new PushError(
      `${version}: another session holds a lock on one of its tables and did not let go. ${WHAT_STAYS} that has ended.${who}`,
      { cause: error },
    );
  }
  if (isLost(code)) {
    return new PushError(
      `${version}: the connection was lost. ${WHAT_STAYS} the server is back: it goes on from there.`,
      { cause: error },
    );
  }
  if (code === "42501") {
    const { users } = run.target;
    return new PushError(
      `${version}: this role lacks a privilege: ${message.split("\n")[0]}. Nothing of it was done, what ran before stays; run it again as the owner of ${users.schema}.${users.table} and of ${run.target.schema}.`,
      { cause: error },
    );
  }
  if (!/^[0-9A-Z]{5}$/.test(code)) return error;
  const reason = REASONS[code] ?? `PostgreSQL refused (${code}): ${message.split("\n")[0]}`;
  return new PushError(`${version}: ${reason}. ${WHAT_STAYS} that is put right.`, { cause: error });
}

const isLost = (code: string) => /^(CONNECTION_|ECONN|EPIPE|57P0[123])/.test(code);

/** Where PostgreSQL's own line does not say what to do. */
const REASONS: Readonly<Record<string, string>> = {
  "2BP01": "something of yours (a view, a rule, a trigger) hangs on what it would drop",
};

/** Sessions that are in a transaction on the users table, the oldest first. */
async function blockersOf({ sql, target: { users } }: Run): Promise<string[]> {
  const rows = await sql`
    select distinct pid, application_name as name,
      extract(epoch from now() - xact_start)::integer as seconds
    from pg_locks join pg_stat_activity using (pid)
    where relation = to_regclass(${quoted(users.schema, users.table)}) and granted
      and pid <> pg_backend_pid() and backend_type = 'client backend'
    order by seconds desc nulls last limit 3`;
  return rows.map(
    ({ pid, name, seconds }) =>
      `pid ${pid}${name ? ` (${name})` : ""}, in a transaction for ${seconds} s`,
  );
}
