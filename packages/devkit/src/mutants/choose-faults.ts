import type { Fault } from "./fault.ts";
import { MutantsError } from "./mutants-error.ts";

export type Choice = Readonly<{
  /** Parts of names; a fault is chosen where one of them stands in its name. Empty: all. */
  only: readonly string[];
  /** How many at most, drawn by the seed. */
  sample: number | null;
  seed: number;
}>;

/** The same choice always answers the same faults. */
export function chooseFaults(faults: readonly Fault[], { only, sample, seed }: Choice): Fault[] {
  const unknown = only.find((part) => !faults.some(({ name }) => name.includes(part)));
  if (unknown) throw new MutantsError(`no fault is called ${unknown}; see --list`);
  const named = faults.filter(
    ({ name }) => only.length === 0 || only.some((part) => name.includes(part)),
  );
  if (sample === null) return named;
  const random = drawFrom(seed);
  return named
    .map((fault) => ({ fault, lot: random() }))
    .sort((one, other) => one.lot - other.lot)
    .slice(0, sample)
    .map(({ fault }) => fault);
}

/** mulberry32: draws that a seed repeats. It protects nothing. */
function drawFrom(seed: number): () => number {
  let state = seed | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let bits = Math.imul(state ^ (state >>> 15), 1 | state);
    bits = (bits + Math.imul(bits ^ (bits >>> 7), 61 | bits)) ^ bits;
    return (bits ^ (bits >>> 14)) >>> 0;
  };
}
