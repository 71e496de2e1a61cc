import type { Deps } from "../deps.ts";
import type { FreeSlots } from "./claim.ts";
import { deliver } from "./deliver.ts";
import type { Delivery } from "./delivery.ts";
import { type SlotLimits, Slots } from "./slots.ts";

/** The messages being sent, one in each slot. */
export class Sending {
  readonly #deps: Deps;
  readonly #slots: Slots;
  readonly #onSlotFree: () => void;
  readonly #running = new Set<Promise<void>>();
  readonly #cutOff = new AbortController();

  constructor(deps: Deps, limits: SlotLimits, onSlotFree: () => void) {
    this.#deps = deps;
    this.#slots = new Slots(limits);
    this.#onSlotFree = onSlotFree;
  }

  get free(): FreeSlots {
    return this.#slots.free;
  }

  start(delivery: Delivery): void {
    this.#slots.take(delivery.priority);
    this.#deps.metrics.setInFlight(delivery.channel, this.#slots.inFlight);
    const attempt = this.#deliver(delivery).then(() => {
      this.#running.delete(attempt);
      this.#slots.giveBack(delivery.priority);
      this.#deps.metrics.setInFlight(delivery.channel, this.#slots.inFlight);
      this.#onSlotFree();
    });
    this.#running.add(attempt);
  }

  /** Waits for what is being sent; `cutOff` ends it early. */
  async drain(): Promise<void> {
    await Promise.all(this.#running);
  }

  /** Ends every attempt now. Its row goes to `retry`; the mail may have gone out all the same. */
  cutOff(): void {
    this.#cutOff.abort();
  }

  async #deliver(delivery: Delivery): Promise<void> {
    try {
      await deliver(this.#deps, delivery, this.#cutOff.signal);
    } catch (error) {
      this.#deps.log.error({ err: error, deliveryId: delivery.id }, "an outcome was not recorded");
    }
  }
}
