import { createHash, randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { testRedisUrl } from "@postern/devkit";
import { Redis } from "ioredis";
import { type Counters, openCounters } from "../connection.ts";
import { passTime } from "./pass-time.ts";

export const digestOf = (text: string) => createHash("sha256").update(text).digest("base64url");

/** Waits until this holds, and fails the test when it does not within the time. */
export async function until(holds: () => boolean, withinMs = 5000): Promise<void> {
  const end = performance.now() + withinMs;
  while (!holds()) {
    if (performance.now() > end) throw new Error(`${holds} did not come true in ${withinMs} ms`);
    await sleep(5);
  }
}

export type World = AsyncDisposable & {
  counters: Counters;
  /** The same Redis without our rules, to look at what is stored. */
  redis: Redis;
  keyPrefix: string;
  /** Ages all that these counters have stored, instead of sleeping. */
  passTime(seconds: number): Promise<void>;
};

/** More than any stall of a busy machine. */
const PATIENT_MILLISECONDS = 5000;

/**
 * Counters on a real Redis, under a prefix of their own, connected. On the Redis that all tests share
 * a decision may take 5 s; on one of the test's own the deadlines are those of a service.
 */
export async function openWorld(
  url = testRedisUrl(),
  keyPrefix = `test-${randomUUID()}:`,
): Promise<World> {
  const isShared = url === testRedisUrl();
  const counters = openCounters({
    url,
    keyPrefix,
    ...(isShared ? { decisionMilliseconds: PATIENT_MILLISECONDS } : {}),
  });
  const redis = new Redis(url);
  redis.on("error", () => {});
  await until(() => counters.state() === "up");
  return {
    counters,
    redis,
    keyPrefix,
    passTime: (seconds) => passTime(redis, keyPrefix, seconds),
    [Symbol.asyncDispose]: async () => {
      redis.disconnect();
      await counters[Symbol.asyncDispose]();
    },
  };
}
