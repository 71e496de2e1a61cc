import { setTimeout as sleep } from "node:timers/promises";
import type { MessageChannel } from "@postern/messages";
import { isDatabaseAway } from "@postern/process";
import type { Deps } from "../deps.ts";
import type { Delivery, Outcome } from "./delivery.ts";
import { type Ended, type Recorded, record, recordAll } from "./record.ts";

/** Bounds the text of one statement: an end has about a kilobyte. */
const TOGETHER_MAX = 64;

/** A statement costs about as much for one row as for ten, and no slot waits for it. */
const GATHER_MILLISECONDS = 5;

type Waiting = Ended & PromiseWithResolvers<Recorded | null>;

/**
 * `record` for many at once: what ends while a statement is under way, and in the 5 ms after it, is
 * written down by the next one, together. One that ends alone goes at once.
 */
export function recordTogether(deps: Pick<Deps, "db" | "tables">, channel: MessageChannel) {
  let waiting: Waiting[] = [];
  let isWriting = false;

  async function keepWriting(): Promise<void> {
    isWriting = true;
    while (waiting.length > 0) {
      const together = waiting.slice(0, TOGETHER_MAX);
      waiting = waiting.slice(TOGETHER_MAX);
      await write(deps, channel, together);
      await sleep(GATHER_MILLISECONDS);
    }
    isWriting = false;
  }

  return (_: unknown, delivery: Delivery, outcome: Outcome): Promise<Recorded | null> => {
    const ended = { delivery, outcome, ...Promise.withResolvers<Recorded | null>() };
    waiting.push(ended);
    if (!isWriting) void keepWriting();
    return ended.promise;
  };
}

async function write(
  deps: Pick<Deps, "db" | "tables">,
  channel: MessageChannel,
  together: readonly Waiting[],
): Promise<void> {
  try {
    const recorded = await recordAll(deps, channel, together);
    for (const { delivery, resolve } of together) resolve(recorded.get(delivery.id) ?? null);
  } catch (error) {
    // One that the database does not take must not keep the others from being written down.
    const isOwnFault = together.length > 1 && !isDatabaseAway(error);
    for (const { delivery, outcome, resolve, reject } of together) {
      if (isOwnFault) await record(deps, delivery, outcome).then(resolve, reject);
      else reject(error);
    }
  }
}
