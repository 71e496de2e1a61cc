import type { Sql, TransactionSql } from "postgres";
import { begin } from "../database/begin.ts";
import { TURN_LOCK, waitForTurn } from "../database/turn.ts";

/** About a minute. */
const POLLS_MAX = 600;

/** Runs `work` in one transaction that no other push and no migration runs beside. */
export async function inTurn<R>(
  sql: Sql,
  work: (tx: TransactionSql) => Promise<R>,
  onWait: () => void,
): Promise<R> {
  const attempt = () =>
    begin(sql, async (tx) => {
      const [lock] = await tx`select pg_try_advisory_xact_lock(${TURN_LOCK}) as taken`;
      return lock?.taken ? { result: await work(tx) } : undefined;
    });
  const refusal = "Another push has been running for a minute. Try again when it has ended.";
  const { result } = await waitForTurn(attempt, { pollsMax: POLLS_MAX, onWait, refusal });
  return result;
}
