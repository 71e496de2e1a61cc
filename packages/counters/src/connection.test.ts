import { setTimeout as sleep } from "node:timers/promises";
import { startRedis } from "@postern/devkit";
import { Redis } from "ioredis";
import { expect, test } from "vitest";
import { CountersAwayError, openCounters } from "./connection.ts";
import { settleAttempt, spendAttempt } from "./spend-attempt.ts";
import { digestOf, openWorld, until } from "./testing/open-world.ts";
import { restartRedis } from "./testing/restart-redis.ts";
import { throttle } from "./throttle.ts";

const calls = { name: "calls", subject: digestOf("ada"), limit: 1000, windowSeconds: 3600 };
const lane = digestOf("ada");

test("a frozen Redis is refused within 300 ms, then at once, and nothing queued runs later", async () => {
  await using server = await startRedis();
  await using world = await openWorld(server.url);
  const { counters } = world;
  await throttle(counters, calls);
  await spendAttempt(counters, lane);

  await server.freeze();
  const frozenAt = performance.now();
  const first = await Promise.allSettled([
    ...Array.from({ length: 50 }, () => throttle(counters, calls)),
    settleAttempt(counters, lane, "failed"),
  ]);
  expect(performance.now() - frozenAt).toBeLessThan(300);
  for (const { status, reason } of first as PromiseRejectedResult[]) {
    expect(status).toBe("rejected");
    expect(reason).toBeInstanceOf(CountersAwayError);
  }
  expect(counters.state()).toBe("away");

  const laterAt = performance.now();
  await expect(throttle(counters, calls)).rejects.toBeInstanceOf(CountersAwayError);
  expect(performance.now() - laterAt).toBeLessThan(50);

  await sleep(1500);
  await server.thaw();
  const thawedAt = performance.now();
  await until(() => counters.state() === "up");
  expect(performance.now() - thawedAt).toBeLessThan(2500);
  expect(await throttle(counters, calls)).toMatchObject({ remaining: 998 });
  expect(await world.redis.llen(counters.key("attempt-failures", lane))).toBe(0);
});

test("a freeze shorter than the wait for a probe ends by itself too, on the same connection", async () => {
  await using server = await startRedis();
  await using world = await openWorld(server.url);
  await throttle(world.counters, calls);
  await server.freeze();
  await expect(throttle(world.counters, calls)).rejects.toBeInstanceOf(CountersAwayError);
  const awayAt = performance.now();
  await server.thaw();
  await until(() => world.counters.state() === "up");
  expect(performance.now() - awayAt).toBeGreaterThan(900);
  expect(performance.now() - awayAt).toBeLessThan(2000);
  expect(await throttle(world.counters, calls)).toMatchObject({ remaining: 998 });
});

test("a long freeze ends within two seconds of the thaw", async () => {
  await using server = await startRedis();
  await using world = await openWorld(server.url);
  await server.freeze();
  await expect(throttle(world.counters, calls)).rejects.toBeInstanceOf(CountersAwayError);
  await sleep(5500);
  expect(world.counters.state()).toBe("away");
  await server.thaw();
  const thawedAt = performance.now();
  await until(() => world.counters.state() === "up");
  expect(performance.now() - thawedAt).toBeLessThan(2000);
  expect(await throttle(world.counters, calls)).toMatchObject({ remaining: 999 });
});

test("a Redis that is stopped and started again is used again, scripts and all", async () => {
  const server = await startRedis();
  await using world = await openWorld(server.url);
  await throttle(world.counters, calls);
  await server.stop();
  await until(() => world.counters.state() === "away");
  const stoppedAt = performance.now();
  await expect(throttle(world.counters, calls)).rejects.toBeInstanceOf(CountersAwayError);
  expect(performance.now() - stoppedAt).toBeLessThan(50);

  await using _again = await restartRedis(server);
  await until(() => world.counters.state() === "up");
  expect(await throttle(world.counters, calls)).toMatchObject({ allowed: true });
});

test("counters opened while Redis is down refuse, and work once it is there", async () => {
  const server = await startRedis();
  await server.stop();
  await using counters = openCounters({ url: server.url });
  await expect(throttle(counters, calls)).rejects.toBeInstanceOf(CountersAwayError);
  await sleep(300);
  expect(counters.state()).toBe("away");
  await using _again = await restartRedis(server);
  await until(() => counters.state() === "up");
  expect(await throttle(counters, calls)).toMatchObject({ allowed: true });
});

test("a flushed script cache is filled again, and nothing is counted twice", async () => {
  await using world = await openWorld();
  await throttle(world.counters, calls);
  await world.redis.script("FLUSH");
  const answers = await Promise.all(
    Array.from({ length: 20 }, () => throttle(world.counters, calls)),
  );
  expect(answers.map(({ remaining }) => remaining).toSorted((a, b) => a - b)).toEqual(
    Array.from({ length: 20 }, (_, index) => 979 + index),
  );
});

test("a Redis that has no room counts as away", async () => {
  await using server = await startRedis();
  await using world = await openWorld(server.url);
  await world.redis.config("SET", "maxmemory", "1");
  await expect(throttle(world.counters, calls)).rejects.toBeInstanceOf(CountersAwayError);
  await world.redis.config("SET", "maxmemory", "0");
  expect(await throttle(world.counters, calls)).toMatchObject({ remaining: 999 });
});

test("the log hears of each loss and return once, and nothing of the URL's password", async () => {
  const server = await startRedis();
  const lines: string[] = [];
  const write = (details: object, message: string) =>
    void lines.push(`${message} ${JSON.stringify(details)}`);
  await using counters = openCounters({ url: server.url, log: { info: write, warn: write } });
  await until(() => counters.state() === "up");
  await server.stop();
  await until(() => counters.state() === "away");
  await sleep(1500);
  expect(lines).toEqual(["redis is back {}", 'redis is away {"reason":"connection lost"}']);
});

test("closed counters refuse and leave no connection behind", async () => {
  await using server = await startRedis();
  await using admin = Object.assign(new Redis(server.url), {
    [Symbol.asyncDispose]: async () => admin.disconnect(),
  });
  {
    await using counters = openCounters({ url: server.url });
    await until(() => counters.state() === "up");
    await counters[Symbol.asyncDispose]();
    await expect(throttle(counters, calls)).rejects.toBeInstanceOf(CountersAwayError);
  }
  await sleep(100);
  expect(
    String(await admin.client("LIST"))
      .trim()
      .split("\n"),
  ).toHaveLength(1);
});
