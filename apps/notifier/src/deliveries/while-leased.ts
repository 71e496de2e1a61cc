import { setTimeout as sleep } from "node:timers/promises";
import { isDatabaseAway } from "@postern/process";
import type { Deps } from "../deps.ts";
import type { Delivery } from "./delivery.ts";

const AGAIN_MILLISECONDS = 250;

/** Tries a statement again while the database is away and the row is still this worker's. */
export async function whileLeased<Result>(
  deps: Pick<Deps, "now">,
  { delivery, signal }: { delivery: Delivery; signal: AbortSignal },
  work: () => Promise<Result>,
): Promise<Result> {
  for (;;) {
    try {
      return await work();
    } catch (error) {
      const isOver = signal.aborted || deps.now() >= delivery.leaseEndsAt;
      if (isOver || !isDatabaseAway(error)) throw error;
      await sleep(AGAIN_MILLISECONDS);
    }
  }
}
