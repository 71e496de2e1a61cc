import { setTimeout as sleep } from "node:timers/promises";
import { DELIVERY_CHANNEL } from "@postern/messages";
import postgres from "postgres";

export type ListenOptions = { url: string; onNotification: () => void };

const CONNECT_SECONDS_MAX = 2;
const SILENCE_SECONDS_MAX = 3.5;
const LISTEN_AGAIN_MILLISECONDS = 10_000;
const RETRY_MILLISECONDS = 500;

/**
 * Calls `onNotification` when rows were queued, on a connection of its own, and each time that
 * connection stands, since what was queued meanwhile told nobody.
 *
 * postgres.js' own `listen()` gives up where its first attempt to reconnect fails, and says
 * nothing. LISTEN changes nothing where it is in force, so repeating it when the connection closes,
 * and every 10 s, is all it takes: it reconnects, and finds a connection that died unseen.
 */
export function listenForDeliveries({ url, onNotification }: ListenOptions): AsyncDisposable {
  const stopped = new AbortController();
  let closed = Promise.withResolvers<void>();
  const options = {
    max: 1,
    idle_timeout: 0,
    // postgres.js would close the connection after a random time of 30 to 60 minutes.
    max_lifetime: null,
    connect_timeout: CONNECT_SECONDS_MAX,
    silence_timeout: SILENCE_SECONDS_MAX,
    fetch_types: false,
    connection: { application_name: "postern-notifier-listen" },
    onnotice: () => undefined,
    onclose: () => closed.resolve(),
    // What `listen()` itself is built on; it is missing from the types.
    onnotify: onNotification,
  };
  const client = postgres(url, options);

  async function listenOnce(): Promise<void> {
    closed = Promise.withResolvers();
    try {
      await client.unsafe(`listen ${DELIVERY_CHANNEL}`);
    } catch {
      await pause(RETRY_MILLISECONDS, stopped.signal);
      return;
    }
    onNotification();
    await Promise.race([closed.promise, pause(LISTEN_AGAIN_MILLISECONDS, stopped.signal)]);
  }

  async function keepListening(): Promise<void> {
    while (!stopped.signal.aborted) await listenOnce();
  }

  const ended = keepListening();
  return {
    async [Symbol.asyncDispose]() {
      stopped.abort();
      await client.end({ timeout: 1 });
      await ended;
    },
  };
}

/** Ends early where the signal aborts. */
const pause = (milliseconds: number, signal: AbortSignal): Promise<void> =>
  sleep(milliseconds, undefined, { signal }).catch(() => undefined);
