import { median } from "./median.ts";

const WARM_UPS = 3;

/**
 * Runs it a few times to warm up, then so many times, and answers the middle time in milliseconds.
 */
export async function medianOf(runs: number, work: () => PromiseLike<unknown>): Promise<number> {
  const times: number[] = [];
  for (let run = -WARM_UPS; run < runs; run += 1) {
    const startedAt = performance.now();
    await work();
    if (run >= 0) times.push(performance.now() - startedAt);
  }
  return median(times);
}
