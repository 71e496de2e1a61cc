import type { Sql } from "postgres";
import { PushError } from "../database/push-error.ts";
import { TURN_LOCK, waitForTurn } from "../database/turn.ts";

/** An hour: the other may be indexing. */
const POLLS_MAX = 36_000;

/**
 * Waits until no other migration and no push runs on this database. The turn ends with the session.
 */
export async function takeTurn(sql: Sql, onWait: () => void): Promise<void> {
  const attempt = async () => {
    const [lock] = await sql`select pg_try_advisory_lock(${TURN_LOCK}) as taken`;
    return lock?.taken ? true : undefined;
  };
  const refusal = "Another migration has been running for an hour. Look at its terminal.";
  await waitForTurn(attempt, { pollsMax: POLLS_MAX, onWait, refusal });
}

/** Throws where the driver has quietly opened a new session: the turn ended with the old one. */
export async function refuseLostTurn(sql: Pick<Sql, "unsafe">): Promise<void> {
  const rows = await sql.unsafe(
    `select from pg_locks where locktype = 'advisory' and pid = pg_backend_pid() and granted
       and (classid::bigint << 32) + objid::bigint = ${TURN_LOCK}`,
  );
  if (rows.length === 0) {
    throw new PushError("The connection was lost on the way. What ran stays; run it again.");
  }
}
