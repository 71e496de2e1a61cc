import type { MessageChannel } from "@postern/messages";
import type { Deps } from "../deps.ts";
import { Backlog } from "./backlog.ts";
import type { Room } from "./claim.ts";
import { type DeliverDeps, deliver } from "./deliver.ts";
import { type Delivery, isCode } from "./delivery.ts";
import { recordTogether } from "./record-together.ts";
import { release } from "./release.ts";
import { type SlotLimits, Slots } from "./slots.ts";

/** So many times the slots may be sent and not yet written down. */
const UNWRITTEN_TIMES = 2;

type SendingOptions = Readonly<{ limits: SlotLimits; onSlotFree: () => void }>;

/** The messages of a channel that are being sent, one in each slot, and those that wait for one. */
export class Sending {
  readonly #deps: DeliverDeps;
  readonly #channel: MessageChannel;
  readonly #slots: Slots;
  readonly #backlog: Backlog;
  readonly #onSlotFree: () => void;
  readonly #unwrittenMax: number;
  readonly #running = new Set<Promise<void>>();
  readonly #cutOff = new AbortController();

  constructor(deps: Deps, channel: MessageChannel, options: SendingOptions) {
    this.#deps = { ...deps, record: recordTogether(deps, channel) };
    this.#channel = channel;
    this.#slots = new Slots(options.limits);
    this.#backlog = new Backlog(deps.now);
    this.#onSlotFree = options.onSlotFree;
    this.#unwrittenMax = options.limits.total * UNWRITTEN_TIMES;
  }

  get room(): Room {
    return { codes: this.#slots.free.total, others: this.#backlog.room };
  }

  /** Codes at once; the others as slots become free for them. */
  start(deliveries: readonly Delivery[]): void {
    for (const code of deliveries.filter(isCode)) this.#send(code);
    this.#backlog.add(deliveries.filter((delivery) => !isCode(delivery)));
    this.#fillSlots();
  }

  /** Gives back what was not begun and waits for what is being sent; `cutOff` ends that early. */
  async drain(): Promise<void> {
    const unbegun = this.#giveBack(this.#backlog.takeAll());
    while (this.#running.size > 0) await Promise.all(this.#running);
    await unbegun;
  }

  /** Ends every attempt now. Its row goes to `retry`; the mail may have gone out all the same. */
  cutOff(): void {
    this.#cutOff.abort();
  }

  #fillSlots(): void {
    const stale = this.#backlog.takeStale();
    if (stale.length > 0) void this.#giveBack(stale);
    while (this.#slots.free.others > 0) {
      const next = this.#backlog.takeNext();
      if (!next) return;
      this.#send(next);
    }
  }

  #send(delivery: Delivery): void {
    this.#slots.take(delivery);
    this.#tellInFlight();
    let isHeld = true;
    const giveBack = () => {
      if (!isHeld) return;
      isHeld = false;
      this.#slots.giveBack(delivery);
      this.#fillSlots();
      this.#tellInFlight();
      this.#onSlotFree();
    };
    // While the database writes, the connection sends on; what a kill -9 would repeat stays bounded.
    const onAttempted = () => {
      const unwritten = this.#running.size - this.#slots.inFlight;
      if (unwritten < this.#unwrittenMax) giveBack();
    };
    const attempt = this.#deliver(delivery, onAttempted).then(() => {
      this.#running.delete(attempt);
      giveBack();
    });
    this.#running.add(attempt);
  }

  #tellInFlight(): void {
    this.#deps.metrics.setInFlight(this.#channel, this.#slots.inFlight);
  }

  async #deliver(delivery: Delivery, onAttempted: () => void): Promise<void> {
    try {
      await deliver({ ...this.#deps, onAttempted }, delivery, this.#cutOff.signal);
    } catch (error) {
      this.#deps.log.error({ err: error, deliveryId: delivery.id }, "an outcome was not recorded");
    }
  }

  /** Whatever is not given back, the sweep takes back when its lease ends. */
  async #giveBack(deliveries: readonly Delivery[]): Promise<void> {
    try {
      await release(this.#deps, this.#channel, deliveries);
    } catch (error) {
      this.#deps.log.warn({ err: error }, "could not give back what was claimed");
    }
  }
}
