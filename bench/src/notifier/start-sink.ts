import { fork } from "node:child_process";
import { once } from "node:events";
import { resolve } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { BenchError } from "../bench-error.ts";

const SINK = resolve(import.meta.dirname, "sink.ts");
const WAIT_MILLISECONDS_MAX = 60_000;

type Taken = readonly [recipient: string, at: number];

export type Sink = Disposable & {
  readonly port: number;
  /** Every mail since the last call: to whom, and when its last line came, by `Date.now()`. */
  readonly takeUntil: (count: number) => Promise<Taken[]>;
};

/** A mail server in a process of its own, so that neither side that is measured works for it. */
export async function startSink(answerMilliseconds = 0): Promise<Sink> {
  const child = fork(SINK, [String(answerMilliseconds)]);
  const [address] = (await once(child, "message")) as [{ port: number }];
  let taken: Taken[] = [];
  child.on("message", (more: Taken[]) => {
    for (const one of more) taken.push(one);
  });
  return {
    port: address.port,
    async takeUntil(count) {
      const end = performance.now() + WAIT_MILLISECONDS_MAX;
      while (taken.length < count) {
        if (performance.now() > end)
          throw new BenchError(`${taken.length} of ${count} mails came.`);
        await sleep(5);
      }
      const all = taken;
      taken = [];
      return all;
    },
    [Symbol.dispose]: () => child.disconnect(),
  };
}
