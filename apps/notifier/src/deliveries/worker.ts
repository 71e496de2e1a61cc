import { setTimeout as sleep } from "node:timers/promises";
import type { MessageChannel } from "@postern/messages";
import type { Deps } from "../deps.ts";
import { noteVerified } from "../pumping/note-verified.ts";
import { type Claim, claim } from "./claim.ts";
import { channels } from "./logs.ts";
import { reconcileCosts } from "./reconcile-costs.ts";
import { release } from "./release.ts";
import { Sending } from "./sending.ts";
import type { SlotLimits } from "./slots.ts";
import { sweep } from "./sweep.ts";
import { createWakeUp, type WakeUp } from "./wake-up.ts";

export const SLOT_LIMITS: SlotLimits = { total: 16, codesOnly: 4 };

/** The floor: a notification may be lost with its connection, and a retry falls due without one. */
const POLL_MILLISECONDS = 1_000;
const SWEEP_MILLISECONDS = 1_000;
const RECONCILE_MILLISECONDS = 60_000;
const NOTE_VERIFIED_MILLISECONDS = 2_000;
/** Of the 10 s that a service has to stop in; the rest is for recording and closing. */
const DRAIN_MILLISECONDS_MAX = 8_000;

export type Worker = {
  /** Something may be due: look now and not at the next poll. */
  wake(): void;
  /** Claims no more and waits for what is being sent; after 8 s the rest is cut off and retried. */
  stop(): Promise<void>;
};

/** Sends what is due of both logs, until it is stopped. A slow channel holds no slot of the other. */
export function startWorker(deps: Deps, limits: SlotLimits = SLOT_LIMITS): Worker {
  const workers = channels.map((channel) => startChannelWorker(deps, channel, limits));
  const stopping = new AbortController();
  const chores = [
    keepSweeping(deps, stopping.signal),
    keepReconciling(deps, stopping.signal),
    keepNotingVerified(deps, stopping.signal),
  ];
  return {
    wake() {
      for (const worker of workers) worker.wake();
    },
    async stop() {
      stopping.abort();
      await Promise.all([...chores, ...workers.map((worker) => worker.stop())]);
    },
  };
}

/** As many at once as there are slots. */
function startChannelWorker(deps: Deps, channel: MessageChannel, limits: SlotLimits): Worker {
  const wakeUp = createWakeUp();
  const onSlotFree = () => {
    const { room } = sending;
    const { mayWait } = loop;
    if ((mayWait.codes && room.codes > 0) || (mayWait.others && room.others > 0)) wakeUp.wake();
  };
  const sending = new Sending(deps, channel, { limits, onSlotFree });
  const stopping = new AbortController();
  const loop: Loop = {
    deps,
    channel,
    sending,
    wakeUp,
    stopping: stopping.signal,
    mayWait: { codes: false, others: false },
  };
  const ended = keepClaiming(loop);
  const poll = setInterval(wakeUp.wake, POLL_MILLISECONDS);
  wakeUp.wake();
  return {
    wake: wakeUp.wake,
    async stop() {
      clearInterval(poll);
      stopping.abort();
      wakeUp.wake();
      const cutOff = setTimeout(() => sending.cutOff(), DRAIN_MILLISECONDS_MAX);
      await ended;
      await sending.drain();
      clearTimeout(cutOff);
    },
  };
}

type Loop = {
  deps: Deps;
  channel: MessageChannel;
  sending: Sending;
  wakeUp: WakeUp;
  stopping: AbortSignal;
  /** There was no room for more, so a slot that is freed may have work. */
  mayWait: Claim["isFull"];
};

async function keepClaiming(loop: Loop): Promise<void> {
  const { deps, wakeUp, stopping } = loop;
  for (;;) {
    await wakeUp.wait();
    if (stopping.aborted) return;
    try {
      await claimOnce(loop);
    } catch (error) {
      // The next poll tries again; rows claimed by a statement whose answer was lost are swept.
      deps.log.warn({ err: error }, "could not claim");
    }
  }
}

async function claimOnce(loop: Loop): Promise<void> {
  const { deps, channel, sending, stopping } = loop;
  // Under another key every delivery would look broken.
  if (!deps.keyInventory.isChecked()) return;
  const { room } = sending;
  loop.mayWait = { codes: room.codes === 0, others: room.others === 0 };
  if (room.codes === 0 && room.others === 0) return;
  const { deliveries, isFull } = await claim(deps, channel, room);
  if (stopping.aborted) {
    await release(deps, channel, deliveries);
    return;
  }
  loop.mayWait = isFull;
  sending.start(deliveries);
}

const keepSweeping = (deps: Deps, stopping: AbortSignal): Promise<void> =>
  keepAt({ deps, stopping, name: "sweep", milliseconds: SWEEP_MILLISECONDS }, async () => {
    if (deps.keyInventory.isChecked()) await sweep(deps, stopping);
  });

const keepReconciling = (deps: Deps, stopping: AbortSignal): Promise<void> =>
  keepAt({ deps, stopping, name: "reconcile costs", milliseconds: RECONCILE_MILLISECONDS }, () =>
    reconcileCosts(deps),
  );

const keepNotingVerified = (deps: Deps, stopping: AbortSignal): Promise<void> =>
  keepAt({ deps, stopping, name: "note codes", milliseconds: NOTE_VERIFIED_MILLISECONDS }, () =>
    noteVerified(deps),
  );

type Chore = { deps: Deps; stopping: AbortSignal; name: string; milliseconds: number };

/** Does a chore again and again, whatever became of it, until the worker is stopped. */
async function keepAt(
  { deps, stopping, name, milliseconds }: Chore,
  work: () => Promise<unknown>,
): Promise<void> {
  while (!stopping.aborted) {
    try {
      await work();
    } catch (error) {
      deps.log.warn({ err: error }, `could not ${name}`);
    }
    await sleep(milliseconds, undefined, { signal: stopping }).catch(() => undefined);
  }
}
