import type { MessageChannel } from "@postern/messages";
import type { Deps } from "../deps.ts";
import type { FreeSlots } from "./claim.ts";
import { type DeliverDeps, deliver } from "./deliver.ts";
import type { Delivery } from "./delivery.ts";
import { recordTogether } from "./record-together.ts";
import { type SlotLimits, Slots } from "./slots.ts";

/** So many times the slots may be sent and not yet written down. */
const UNWRITTEN_TIMES = 2;

type SendingOptions = Readonly<{ limits: SlotLimits; onSlotFree: () => void }>;

/** The messages of a channel that are being sent, one in each slot. */
export class Sending {
  readonly #deps: DeliverDeps;
  readonly #slots: Slots;
  readonly #onSlotFree: () => void;
  readonly #unwrittenMax: number;
  readonly #running = new Set<Promise<void>>();
  readonly #cutOff = new AbortController();

  constructor(deps: Deps, channel: MessageChannel, options: SendingOptions) {
    this.#deps = { ...deps, record: recordTogether(deps, channel) };
    this.#slots = new Slots(options.limits);
    this.#onSlotFree = options.onSlotFree;
    this.#unwrittenMax = options.limits.total * UNWRITTEN_TIMES;
  }

  get free(): FreeSlots {
    return this.#slots.free;
  }

  start(delivery: Delivery): void {
    this.#slots.take(delivery.priority);
    this.#deps.metrics.setInFlight(delivery.channel, this.#slots.inFlight);
    let isHeld = true;
    const giveBack = () => {
      if (!isHeld) return;
      isHeld = false;
      this.#slots.giveBack(delivery.priority);
      this.#deps.metrics.setInFlight(delivery.channel, this.#slots.inFlight);
      this.#onSlotFree();
    };
    // While the database writes, the connection sends on; what a kill -9 would repeat stays bounded.
    const onAttempted = () => {
      if (this.#running.size <= this.#unwrittenMax) giveBack();
    };
    const attempt = this.#deliver(delivery, onAttempted).then(() => {
      this.#running.delete(attempt);
      giveBack();
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

  async #deliver(delivery: Delivery, onAttempted: () => void): Promise<void> {
    try {
      await deliver({ ...this.#deps, onAttempted }, delivery, this.#cutOff.signal);
    } catch (error) {
      this.#deps.log.error({ err: error, deliveryId: delivery.id }, "an outcome was not recorded");
    }
  }
}
