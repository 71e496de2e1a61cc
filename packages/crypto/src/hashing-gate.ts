// A full queue of 64 on two cores is worked off in under half a second; a second is the smallest
// whole Retry-After (RFC 9110, 10.2.3).
const RETRY_AFTER_SECONDS = 1;

/** How much hashing may go on. Beyond both bounds a caller is refused at once. */
export type HashingBounds = Readonly<{
  /** Computations at the same time; at most as many as there are cores. */
  concurrency: number;
  /** Callers that may wait for their turn, in the order they came. */
  queueMax: number;
}>;

/** All places are taken and the queue is full. Nothing was computed; ask again later. */
export class HashingBusyError extends Error {
  override readonly name = "HashingBusyError";
  readonly retryAfterSeconds = RETRY_AFTER_SECONDS;

  constructor() {
    super("Too many passwords are being hashed.");
  }
}

/** Does the work once there is a place for it. Rejects with HashingBusyError, or as the work does. */
export type HashingGate = <Result>(work: () => Promise<Result>) => Promise<Result>;

/**
 * A gate in front of slow hashes, so that a flood of them costs bounded memory (19 MiB each) and
 * leaves the rest of the process its time (ASVS 5.0, 15.2.2).
 *
 * @throws RangeError for bounds that are no whole numbers, a concurrency below 1, a queue below 0.
 */
export function createHashingGate({ concurrency, queueMax }: HashingBounds): HashingGate {
  if (!Number.isInteger(concurrency) || concurrency < 1) {
    throw new RangeError("concurrency must be a whole number of at least 1.");
  }
  if (!Number.isInteger(queueMax) || queueMax < 0) {
    throw new RangeError("queueMax must be a whole number of at least 0.");
  }
  let running = 0;
  const waiting: (() => void)[] = [];

  async function takePlace(): Promise<void> {
    if (running < concurrency) {
      running += 1;
      return;
    }
    if (waiting.length >= queueMax) throw new HashingBusyError();
    const { promise, resolve } = Promise.withResolvers<void>();
    waiting.push(resolve);
    await promise;
  }

  // A place is handed on, not freed and taken again, so a newcomer cannot slip in before the queue.
  function leavePlace(): void {
    const next = waiting.shift();
    if (next) next();
    else running -= 1;
  }

  return async (work) => {
    await takePlace();
    try {
      return await work();
    } finally {
      leavePlace();
    }
  };
}
