import { setTimeout as sleep } from "node:timers/promises";
import type { Sql, TransactionSql } from "postgres";
import { planRepeatable } from "../repeatable/plan-repeatable.ts";
import { recordRepeatable } from "../repeatable/record-repeatable.ts";
import { begin } from "./begin.ts";
import { recordOurs } from "./ours.ts";
import { makePlan, type Plan, type Wish } from "./plan.ts";
import { PushError } from "./push-error.ts";
import { withSearchPath } from "./search-path.ts";
import type { Step } from "./step.ts";

/** Any constant of our own: pushes to one database take turns on it. */
const LOCK = 7_305_846_201;
const LOCK_POLL_MILLISECONDS = 100;
/** About a minute. */
const LOCK_TRIES_MAX = 600;

export type Progress = (done: number, total: number) => void;

/**
 * Runs `work` in one transaction that no other push runs beside.
 *
 * The lock is polled, each time in a transaction of its own: a session that waits in
 * pg_advisory_lock() holds a snapshot, and CREATE INDEX CONCURRENTLY would wait for it in turn.
 */
export async function inTurn<R>(
  sql: Sql,
  work: (tx: TransactionSql) => Promise<R>,
  onWait: () => void,
): Promise<R> {
  for (let tries = 0; tries < LOCK_TRIES_MAX; tries += 1) {
    const turn = await begin(sql, async (tx) => {
      const [lock] = await tx`select pg_try_advisory_xact_lock(${LOCK}) as taken`;
      return lock?.taken ? { result: await work(tx) } : undefined;
    });
    if (turn) return turn.result;
    if (tries === 0) onWait();
    await sleep(LOCK_POLL_MILLISECONDS);
  }
  throw new PushError("Another push has been running for a minute. Try again when it has ended.");
}

/**
 * Carries out a plan and records what is ours. Throws, and so undoes it all, unless a second plan
 * finds nothing left to do.
 */
export async function apply(
  tx: TransactionSql,
  { wish, plan, onProgress }: { wish: Wish; plan: Plan; onProgress: Progress },
): Promise<void> {
  const { target, declared, roles } = wish;
  const run = (steps: readonly Step[], done: number) =>
    runSteps(tx, steps, (count) => onProgress(done + count, plan.steps.length));
  await run(plan.steps.slice(0, plan.tableStepsCount), 0);
  // Once more: what is made of the tables follows them as they stand now.
  const repeatable = await planRepeatable(tx, target, { roles });
  await run(repeatable.steps, plan.tableStepsCount);
  await recordOurs(tx, target.schema, declared);
  await recordRepeatable(tx, target, { roles });
  const { steps } = await makePlan(tx, wish);
  const [left] = steps;
  if (left) {
    throw new PushError(
      `The database still differs after the push, so it was undone. What it would do again: ${left.sql.split("\n")[0]}`,
    );
  }
}

/** Every name in a step is qualified: a search_path of somebody else's decides nothing. */
async function runSteps(
  tx: TransactionSql,
  steps: readonly Step[],
  onProgress: (count: number) => void,
): Promise<void> {
  await withSearchPath(
    tx,
    () => "pg_catalog",
    async () => {
      for (const [index, { sql }] of steps.entries()) {
        onProgress(index);
        await tx.unsafe(sql);
      }
    },
  );
}
