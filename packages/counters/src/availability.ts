import type { RedisClient } from "./redis-client.ts";

/** Where the connection tells of its ups and downs; a pino logger fits. */
export type Log = {
  info(details: object, message: string): void;
  warn(details: object, message: string): void;
};

export type Availability = Disposable & {
  state(): "up" | "away";
  /** Counts Redis as away for a second; then a probe decides. */
  leave(reason: string): void;
  /** Probes now, unless a probe is under way or Redis is away. */
  refresh(): void;
};

const AWAY_MS = 1000;
const REFRESH_MS = 5000;

// A frozen server accepts connections (its kernel does) and never completes the handshake.
const HANDSHAKE_TICKS_MAX = 3;

const SILENT: Log = { info: () => {}, warn: () => {} };

/** Up or away, and the timer that watches for Redis's return. At most one probe is under way. */
class Watch implements Availability {
  readonly #client: RedisClient;
  readonly #probe: () => Promise<void>;
  readonly #log: Log;
  #state: "up" | "away" = "away";
  #timer: NodeJS.Timeout | undefined;
  #isProbing = false;
  #isClosed = false;
  #handshakeTicks = 0;

  constructor(client: RedisClient, probe: () => Promise<void>, log: Log) {
    this.#client = client;
    this.#probe = probe;
    this.#log = log;
    // Without a listener an error event would end the process; `leave` tells what came of it.
    client.on("error", () => {});
    client.on("ready", () => this.#check());
    client.on("close", () => this.leave("connection lost"));
    this.#checkIn(AWAY_MS);
  }

  state() {
    return this.#state;
  }

  leave(reason: string) {
    if (this.#isClosed || this.#state === "away") return;
    this.#state = "away";
    this.#log.warn({ reason }, "redis is away");
    this.#checkIn(AWAY_MS);
  }

  refresh() {
    if (this.#state === "up") this.#check();
  }

  [Symbol.dispose]() {
    this.#isClosed = true;
    this.#state = "away";
    clearTimeout(this.#timer);
    this.#client.disconnect();
  }

  #checkIn(milliseconds: number) {
    clearTimeout(this.#timer);
    if (this.#isClosed) return;
    this.#timer = setTimeout(() => this.#check(), milliseconds).unref();
  }

  #check() {
    if (this.#isClosed || this.#isProbing) return;
    if (this.#client.status !== "ready") return this.#awaitHandshake();
    this.#handshakeTicks = 0;
    this.#isProbing = true;
    this.#probe().then(
      () => this.#settle(true),
      () => this.#settle(false),
    );
  }

  #awaitHandshake() {
    this.#handshakeTicks = this.#client.status === "connect" ? this.#handshakeTicks + 1 : 0;
    if (this.#handshakeTicks >= HANDSHAKE_TICKS_MAX) this.#reconnect();
    this.#checkIn(AWAY_MS);
  }

  #settle(answered: boolean) {
    this.#isProbing = false;
    if (this.#isClosed) return;
    if (answered && this.#client.status === "ready") {
      if (this.#state === "away") this.#log.info({}, "redis is back");
      this.#state = "up";
      return this.#checkIn(REFRESH_MS);
    }
    // Away already, so the second silence in a row: try another connection.
    if (this.#state === "away") this.#reconnect();
    this.leave("no answer to a probe");
    this.#checkIn(AWAY_MS);
  }

  // What is half open after a network fault would otherwise wait out the kernel's own patience.
  #reconnect() {
    this.#handshakeTicks = 0;
    this.#client.disconnect(true);
  }
}

/**
 * Watches over a client: up once a probe was answered, away from the first timeout or loss of the
 * connection until a probe is answered again, a second later at the earliest.
 */
export const watchAvailability = (
  client: RedisClient,
  probe: () => Promise<void>,
  log: Log = SILENT,
): Availability => new Watch(client, probe, log);
