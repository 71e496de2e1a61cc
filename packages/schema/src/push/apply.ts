import type { TransactionSql } from "postgres";
import { PushError } from "../database/push-error.ts";
import { withSearchPath } from "../database/search-path.ts";
import type { Step } from "../database/step.ts";
import { planRepeatable } from "../repeatable/plan-repeatable.ts";
import { recordRepeatable } from "../repeatable/record-repeatable.ts";
import { recordOurs } from "./ours.ts";
import { makePlan, type Plan, type Wish } from "./plan.ts";

export type Progress = (done: number, total: number) => void;

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
