import { setTimeout as sleep } from "node:timers/promises";
import type { Sql } from "postgres";
import { CliError } from "../cli-error.ts";
import type { Context } from "../command.ts";

/** Any constant of our own. */
export const TURN_LOCK = 7_305_846_202;
const POLL_MILLISECONDS = 100;

/**
 * Waits until no other process is preparing a column. `sql` has one connection, whose end gives the
 * turn back too.
 *
 * Polled: a session that waited in pg_advisory_lock() would hold a snapshot, and the other's CREATE
 * INDEX CONCURRENTLY would wait for that in turn.
 *
 * @throws CliError where the wait is interrupted
 */
export async function takeTurn(sql: Sql, { note, signal }: Context): Promise<void> {
  for (let polls = 0; !signal.aborted; polls += 1) {
    const [row] = await sql<{ isOurs: boolean }[]>`
      select pg_try_advisory_lock(${TURN_LOCK}) as "isOurs"`;
    if (row?.isOurs) return;
    if (polls === 0) note("another process is preparing a column: waiting for it");
    await sleep(POLL_MILLISECONDS);
  }
  throw new CliError("Interrupted while another process was preparing a column.");
}

/** The next may prepare, while rows are sealed here. */
export async function giveTurnBack(sql: Sql): Promise<void> {
  await sql`select pg_advisory_unlock(${TURN_LOCK})`;
}
