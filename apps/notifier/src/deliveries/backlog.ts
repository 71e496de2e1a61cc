import type { Delivery } from "./delivery.ts";

/** One claim serves so many sends. More only wait for a lease to end where this worker is killed. */
const ROWS_MAX = 32;

/** What must be left of a lease at the start: 20 s to send at most, and the rest to write it down. */
const LEASE_MILLISECONDS_MIN = 25_000;

/**
 * Notices and bulk mail that were claimed ahead of a slot: a claim costs the database about as much
 * for one row as for many. Codes are never here; each is claimed for a slot that is free.
 */
export class Backlog {
  readonly #now: () => Date;
  #waiting: Delivery[] = [];

  constructor(now: () => Date) {
    this.#now = now;
  }

  /** How many rows may be claimed: none until half of the last ones are gone. */
  get room(): number {
    return this.#waiting.length > ROWS_MAX / 2 ? 0 : ROWS_MAX - this.#waiting.length;
  }

  add(deliveries: readonly Delivery[]): void {
    this.#waiting = [...this.#waiting, ...deliveries].sort((a, b) => a.priority - b.priority);
  }

  /** The next to be sent. */
  takeNext(): Delivery | undefined {
    return this.#waiting.shift();
  }

  /** Those that it is too late to begin. */
  takeStale(): Delivery[] {
    const endsBy = this.#now().getTime() + LEASE_MILLISECONDS_MIN;
    const { stale = [], fresh = [] } = Object.groupBy(this.#waiting, ({ leaseEndsAt }) =>
      leaseEndsAt.getTime() < endsBy ? "stale" : "fresh",
    );
    this.#waiting = fresh;
    return stale;
  }

  takeAll(): Delivery[] {
    const all = this.#waiting;
    this.#waiting = [];
    return all;
  }
}
