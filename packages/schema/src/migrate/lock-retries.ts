import { setTimeout as sleep } from "node:timers/promises";
import type { PostgresError } from "postgres";

/**
 * How long a statement of ours may wait for a lock. Every write that comes after it waits behind it
 * for as long, so that this, and not the length of somebody's transaction, bounds what an app
 * feels.
 */
export const LOCK_TIMEOUT_MILLISECONDS = 80;
/** With the pauses between them about a minute. */
export const LOCK_TRIES_MAX = 40;
const PAUSE_MILLISECONDS = 100;
const PAUSE_MILLISECONDS_MAX = 2_000;

/** lock_not_available and deadlock_detected. */
const BUSY = new Set(["55P03", "40P01"]);

export const isBusy = (error: unknown) => BUSY.has((error as Partial<PostgresError>)?.code ?? "");

/** Tries again, after longer and longer pauses, while somebody else holds the lock. */
export async function withLockRetries<R>(
  triesMax: number,
  work: () => Promise<R>,
  onRetry: (tries: number) => void,
): Promise<R> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await work();
    } catch (error) {
      if (!isBusy(error) || tries >= triesMax) throw error;
      onRetry(tries);
      await sleep(Math.min(PAUSE_MILLISECONDS * tries, PAUSE_MILLISECONDS_MAX));
    }
  }
}
