import { type Delivery, isCode } from "./delivery.ts";

export type SlotLimits = Readonly<{
  /** Messages sent at once. */
  total: number;
  /** Of them for codes alone, so that slow bulk mail never holds every slot. */
  codesOnly: number;
}>;

/** Counts what is being sent. */
export class Slots {
  readonly #limits: SlotLimits;
  #codes = 0;
  #others = 0;

  constructor(limits: SlotLimits) {
    this.#limits = limits;
  }

  get inFlight(): number {
    return this.#codes + this.#others;
  }

  /** How many more may be sent, and how many of them may be something else than a code. */
  get free(): { total: number; others: number } {
    const { total, codesOnly } = this.#limits;
    const free = total - this.inFlight;
    return { total: free, others: Math.min(free, total - codesOnly - this.#others) };
  }

  take(delivery: Delivery): void {
    this.#count(delivery, 1);
  }

  giveBack(delivery: Delivery): void {
    this.#count(delivery, -1);
  }

  #count(delivery: Delivery, change: 1 | -1): void {
    if (isCode(delivery)) this.#codes += change;
    else this.#others += change;
  }
}
