import { deliveryPriorities } from "@postern/schema";
import type { FreeSlots } from "./claim.ts";

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

  get free(): FreeSlots {
    const { total, codesOnly } = this.#limits;
    const free = total - this.inFlight;
    return { total: free, others: Math.min(free, total - codesOnly - this.#others) };
  }

  take(priority: number): void {
    this.#count(priority, 1);
  }

  giveBack(priority: number): void {
    this.#count(priority, -1);
  }

  #count(priority: number, change: 1 | -1): void {
    if (priority === deliveryPriorities.code) this.#codes += change;
    else this.#others += change;
  }
}
