import type { TransactionSql } from "postgres";
import { begin } from "../database/begin.ts";
import { LOCK_TIMEOUT_MILLISECONDS, withLockRetries } from "./lock-retries.ts";
import type { Run } from "./run.ts";
import { refuseLostTurn } from "./turn.ts";

/** All of `work` or nothing of it, and nobody waits behind it for long. */
export async function inShortTransaction<R>(
  { sql, lockTriesMax, tell }: Run,
  version: string,
  work: (tx: TransactionSql) => Promise<R>,
): Promise<R> {
  const attempt = () =>
    begin(sql, async (tx) => {
      // Reading all rows, to see that a rule holds, takes as long as it takes.
      await tx.unsafe(
        `set local lock_timeout = '${LOCK_TIMEOUT_MILLISECONDS}ms'; set local statement_timeout = 0`,
      );
      await refuseLostTurn(tx);
      return { result: await work(tx) };
    });
  const onRetry = (tries: number) => tell({ kind: "retry", version, tries });
  const { result } = await withLockRetries(lockTriesMax, attempt, onRetry);
  return result;
}
