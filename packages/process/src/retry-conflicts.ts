import { setTimeout as sleep } from "node:timers/promises";
import { isConflict } from "./sql-state.ts";

const TRIES_MAX = 4;
/** All tries together leave room in the 3.5 s that a request has. */
const PATIENCE_MILLISECONDS = 1_500;
const PAUSE_MILLISECONDS = 20;

/**
 * Runs a whole statement or transaction again where it met another one: PostgreSQL has undone all of
 * it. The second look then finds what the other one changed, such as an account that was erased.
 * `work` must have no effect outside of PostgreSQL. The last conflict is thrown.
 */
export async function retryConflicts<Result>(work: () => Promise<Result>): Promise<Result> {
  const startedAt = performance.now();
  for (let tries = 1; ; tries += 1) {
    try {
      return await work();
    } catch (error) {
      const isOver = tries === TRIES_MAX || performance.now() - startedAt > PATIENCE_MILLISECONDS;
      if (isOver || !isConflict(error)) throw error;
      await sleep(PAUSE_MILLISECONDS * tries * (0.5 + Math.random()));
    }
  }
}
