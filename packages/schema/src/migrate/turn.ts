import { setTimeout as sleep } from "node:timers/promises";
import type { Sql } from "postgres";
import { PushError } from "../push/push-error.ts";

/** The number that pushes take turns on, too. */
const LOCK = 7_305_846_201;
const POLL_MILLISECONDS = 100;
/** An hour: the other may be indexing. */
const POLLS_MAX = 36_000;

/**
 * Waits until no other migration and no push runs on this database. The turn ends with the session.
 *
 * Polled, because a session that waits in pg_advisory_lock() holds a snapshot, and the other's
 * CREATE INDEX CONCURRENTLY would wait for that in turn: a deadlock.
 */
export async function takeTurn(sql: Sql, onWait: () => void): Promise<void> {
  for (let polls = 0; polls < POLLS_MAX; polls += 1) {
    const [lock] = await sql`select pg_try_advisory_lock(${LOCK}) as taken`;
    if (lock?.taken) return;
    if (polls === 0) onWait();
    await sleep(POLL_MILLISECONDS);
  }
  throw new PushError("Another migration has been running for an hour. Look at its terminal.");
}

/** Throws where the driver has quietly opened a new session: the turn ended with the old one. */
export async function refuseLostTurn(sql: Pick<Sql, "unsafe">): Promise<void> {
  const rows = await sql.unsafe(
    `select from pg_locks where locktype = 'advisory' and pid = pg_backend_pid() and granted
       and (classid::bigint << 32) + objid::bigint = ${LOCK}`,
  );
  if (rows.length === 0) {
    throw new PushError("The connection was lost on the way. What ran stays; run it again.");
  }
}
