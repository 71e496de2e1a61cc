import { setTimeout as sleep } from "node:timers/promises";
import { sqlState } from "@postern/process";
import type { Sql, TransactionSql } from "postgres";
import { CliError } from "../cli-error.ts";

const LOCK_TIMEOUT = "200ms";
const TRIES_MAX = 100;
const BETWEEN_MILLISECONDS = 200;
const LOCK_NOT_AVAILABLE = "55P03";
const DEADLOCK_DETECTED = "40P01";

/**
 * Runs a change that locks a table in a transaction of its own. Nobody waits behind it for longer than
 * 200 ms: it lets go and tries again, for 40 s.
 */
export async function withShortLocks<R>(
  sql: Sql,
  change: (tx: TransactionSql) => Promise<R>,
): Promise<R> {
  for (let tries = 1; ; tries += 1) {
    try {
      return (await sql.begin(async (tx) => {
        await tx.unsafe(`set local lock_timeout = '${LOCK_TIMEOUT}'`);
        return change(tx);
      })) as R;
    } catch (error) {
      const state = sqlState(error);
      if (state !== LOCK_NOT_AVAILABLE && state !== DEADLOCK_DETECTED) throw error;
      if (tries === TRIES_MAX) {
        throw new CliError(
          "Another session keeps a lock on the table: find it in pg_stat_activity, end it, and run this again.",
          { cause: error },
        );
      }
      await sleep(BETWEEN_MILLISECONDS);
    }
  }
}
