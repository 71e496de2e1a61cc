import { median } from "../median.ts";

export type Contestant = readonly [name: string, round: (round: number) => Promise<number>];

export type Rates = {
  /** The middle rate of a contestant. */
  readonly rate: (name: string) => number;
  /** The middle of the rounds' ratios: both halves of one ran within seconds of each other. */
  readonly ratio: (name: string, over: string) => number;
};

/** Lets each have its turn in every round, in the other order each time: noise meets all alike. */
export async function inTurn(rounds: number, contestants: readonly Contestant[]): Promise<Rates> {
  const rates = new Map(contestants.map(([name]) => [name, [] as number[]]));
  for (let round = 0; round < rounds; round += 1) {
    const order = round % 2 === 0 ? contestants : contestants.toReversed();
    for (const [name, run] of order) {
      rates.get(name)?.push(await run(round));
    }
  }
  const of = (name: string) => rates.get(name) ?? [];
  return {
    rate: (name) => median(of(name)),
    ratio: (name, over) => median(of(name).map((rate, at) => rate / (of(over)[at] ?? Number.NaN))),
  };
}
