import { setTimeout as sleep } from "node:timers/promises";
import { CliError } from "../cli-error.ts";
import { updateEncryption } from "./encryption.ts";
import type { Fault } from "./read-value.ts";
import { sealBatch } from "./seal-batch.ts";
import type { Work } from "./work.ts";

const PAUSE_POLL_MILLISECONDS = 250;
const ROUND_MILLISECONDS = 200;
/** Where an app goes on writing plain text there is always some more. */
const USUAL_ROUNDS_MAX = 3;

export type Invalids = ReadonlyMap<string, Fault>;

export type Backfill = {
  readonly workers?: number;
  /** How often it begins again for rows that others held and it passed over. */
  readonly roundsMax?: number;
  readonly advance?: (rows: number) => void;
};

type Shared = {
  readonly work: Work;
  readonly advance: (rows: number) => void;
  readonly invalid: Map<string, Fault>;
};

/**
 * Seals every row that holds plain text alone, with so many workers at once, beside those of other
 * processes. It may end at any time, kill -9 among them, and begin again: what is sealed stays, and a
 * batch is whole or not there.
 *
 * Returns the rows whose values cannot be sealed, and writes how many into the record.
 */
export async function backfill(work: Work, options: Backfill = {}): Promise<Invalids> {
  const { workers = 1, roundsMax = USUAL_ROUNDS_MAX } = options;
  const { advance = () => undefined } = options;
  const shared: Shared = { work, advance, invalid: new Map() };
  const { context, destination, encryption, sql } = work;
  for (let round = 1; ; round += 1) {
    shared.invalid.clear();
    await Promise.all(Array.from({ length: workers }, () => readThrough(shared)));
    const { remaining } = await destination.count(sql);
    const isDone = remaining <= shared.invalid.size || context.signal.aborted;
    if (isDone || round === roundsMax) break;
    await sleep(ROUND_MILLISECONDS);
  }
  const count = shared.invalid.size;
  const last_error = count === 0 ? null : `${count} values cannot be sealed as they are`;
  if (!context.signal.aborted) await updateEncryption(sql, encryption.from, { last_error });
  return shared.invalid;
}

/** Seals from the first row to the last. */
async function readThrough({ work, advance, invalid }: Shared): Promise<void> {
  const { signal } = work.context;
  let after: string | null = null;
  while (!signal.aborted) {
    const batch = await sealBatch(work, after);
    switch (batch.kind) {
      case "moved":
        throw new CliError("Somebody went back a stage: see pnpm postern encrypt status.");
      case "paused":
        await sleep(PAUSE_POLL_MILLISECONDS, undefined, { signal }).catch(() => undefined);
        break;
      case "end":
        return;
      case "done":
        for (const { id, fault } of batch.invalid) invalid.set(id, fault);
        advance(batch.sealed);
        after = batch.last;
        await work.pace.rest(batch.sealed, signal);
    }
  }
}
