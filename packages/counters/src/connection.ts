import { type Availability, type Log, watchAvailability } from "./availability.ts";
import { openRedisClient, type RedisClient } from "./redis-client.ts";
import { type Script, TOO_LATE } from "./script.ts";
import { type ServerClocks, trackServerClocks } from "./server-clocks.ts";
import { OutOfTimeError, withinTime } from "./within-time.ts";

/** How long a decision may take, its fallback to EVAL included. Past it a script does nothing. */
const DECISION_MILLISECONDS = 250;
/** Timers may ring a millisecond early, and scripts count in whole ones: the script gives up first. */
const MARGIN_MS = 10;

/** Redis cannot decide now: it is down, frozen, read-only or full. Nothing more will run later. */
export class CountersAwayError extends Error {
  override readonly name = "CountersAwayError";
  /** Seconds after which a caller may try again. */
  readonly retryAfterSeconds = 1;

  constructor(message = "Redis is away.", options?: ErrorOptions) {
    super(message, options);
  }
}

export type Decision = {
  keys: readonly [string, ...string[]];
  args: readonly (string | number)[];
};

export type Counters = {
  /** "away" also before the first connection. While away every call throws CountersAwayError at once. */
  state(): "up" | "away";
  /** The key of one thing. `tag` stands in braces: keys of one tag lie in one slot of a cluster. */
  key(kind: string, tag: string, ...rest: string[]): string;
  /** The pub/sub channel of this name. */
  channel(name: string): string;
  /**
   * Runs one script once. Throws CountersAwayError when Redis does not answer in time (250 ms by
   * default); the script, should it still wait somewhere, then does nothing.
   */
  decide(script: Script, decision: Decision): Promise<readonly (string | number)[]>;
};

export type CountersOptions = {
  /** `redis://`, `rediss://`, or a comma-separated list for a cluster. */
  url: string;
  keyPrefix?: string;
  log?: Log;
  /** How long a decision may take; 250 by default. Tests that prove no deadline take more. */
  decisionMilliseconds?: number | undefined;
};

// What Redis answers when it lives but must not or cannot write. Anything else is a bug in a script.
const UNABLE = /^(READONLY|OOM|LOADING|MISCONF|NOREPLICAS|MASTERDOWN|CLUSTERDOWN|TRYAGAIN|BUSY)\b/;

const isReply = (error: unknown): error is Error =>
  error instanceof Error && error.name === "ReplyError";

async function evaluate(
  client: RedisClient,
  script: Script,
  operands: { keyCount: number; all: (string | number)[] },
): Promise<unknown> {
  try {
    return await client.evalsha(script.sha, operands.keyCount, ...operands.all);
  } catch (error) {
    // A restart, SCRIPT FLUSH or a new primary forgets scripts; EVAL runs and remembers it.
    if (!isReply(error) || !error.message.startsWith("NOSCRIPT")) throw error;
    return client.eval(script.lua, operands.keyCount, ...operands.all);
  }
}

type Parts = {
  client: RedisClient;
  clocks: ServerClocks;
  availability: Availability;
  decisionMilliseconds: number;
};

async function decide(parts: Parts, script: Script, { keys, args }: Decision) {
  const { client, clocks, availability, decisionMilliseconds } = parts;
  const deadline = clocks.deadlineOf(keys[0], decisionMilliseconds - MARGIN_MS);
  if (availability.state() === "away" || deadline === undefined) throw new CountersAwayError();
  const operands = { keyCount: keys.length, all: [...keys, deadline, ...args] };
  try {
    return await withinTime(evaluate(client, script, operands), decisionMilliseconds);
  } catch (error) {
    // ioredis hangs the whole command on its errors; arguments have no place in a log.
    if (error instanceof Error) Reflect.deleteProperty(error, "command");
    if (error instanceof OutOfTimeError) availability.leave("no answer to a decision");
    if (isReply(error) && !UNABLE.test(error.message)) throw error;
    throw new CountersAwayError("Redis did not decide.", { cause: error });
  }
}

/**
 * Opens the counters. Never throws because Redis is away: it reconnects by itself, for ever, and
 * `state` tells. Of a cluster every primary must answer. Dispose of it to close the connection.
 */
export function openCounters(options: CountersOptions): Counters & AsyncDisposable {
  const { url, keyPrefix = "postern:", log } = options;
  const { decisionMilliseconds = DECISION_MILLISECONDS } = options;
  const client = openRedisClient(url);
  const clocks = trackServerClocks(client, decisionMilliseconds);
  const availability = watchAvailability(client, clocks.learn, log);
  const parts = { client, clocks, availability, decisionMilliseconds };
  return {
    state: () => availability.state(),
    key: (kind, tag, ...rest) => `${keyPrefix}${kind}:${[`{${tag}}`, ...rest].join(":")}`,
    channel: (name) => `${keyPrefix}${name}`,
    decide: async (script, decision) => {
      const reply = await decide(parts, script, decision);
      const values = Array.isArray(reply) ? (reply as (string | number)[]) : [];
      if (values[0] !== TOO_LATE) return values;
      // Late for Redis and in time for us: its clock was set, or this process stood still between
      // the deadline and the send. Learn the clock anew.
      availability.refresh();
      throw new CountersAwayError("Redis found the decision late.");
    },
    [Symbol.asyncDispose]: async () => availability[Symbol.dispose](),
  };
}
