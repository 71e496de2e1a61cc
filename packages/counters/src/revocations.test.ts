import { randomUUID } from "node:crypto";
import { startRedis } from "@postern/devkit";
import { Redis } from "ioredis";
import { expect, test } from "vitest";
import { openCounters } from "./connection.ts";
import { announceRevocations, listenForRevocations } from "./revocations.ts";
import { until } from "./testing/open-world.ts";
import { restartRedis } from "./testing/restart-redis.ts";

async function openPair(url: string) {
  const keyPrefix = `test-${randomUUID()}:`;
  const heard: string[] = [];
  const counters = openCounters({ url, keyPrefix });
  const listener = listenForRevocations({ url, keyPrefix }, (ids) => heard.push(...ids));
  const isUp = () => counters.state() === "up" && listener.state() === "up";
  await until(isUp);
  return {
    counters,
    listener,
    heard,
    isUp,
    [Symbol.asyncDispose]: async () => {
      await counters[Symbol.asyncDispose]();
      await listener[Symbol.asyncDispose]();
    },
  };
}

test("a listener hears within 100 ms, and a bulk ending whole", async () => {
  await using server = await startRedis();
  await using pair = await openPair(server.url);
  const announcedAt = performance.now();
  await announceRevocations(pair.counters, ["one"]);
  await until(() => pair.heard.length === 1);
  expect(performance.now() - announcedAt).toBeLessThan(100);

  const many = Array.from({ length: 2500 }, () => randomUUID());
  await announceRevocations(pair.counters, many);
  await until(() => pair.heard.length === 2501);
  expect(pair.heard).toEqual(["one", ...many]);
});

test("a listener listens again after Redis was restarted", async () => {
  const server = await startRedis();
  await using pair = await openPair(server.url);
  await server.stop();
  await until(() => pair.listener.state() === "away");
  await using _again = await restartRedis(server);
  await until(pair.isUp);
  await announceRevocations(pair.counters, ["after"]);
  await until(() => pair.heard.length === 1);
  expect(pair.heard).toEqual(["after"]);
});

test("what is not a list of ids is passed over", async () => {
  await using server = await startRedis();
  await using pair = await openPair(server.url);
  const stranger = new Redis(server.url);
  for (const message of ["", "{", "17", '{"a":1}', "[1,null]"]) {
    await stranger.publish(pair.counters.channel("revocations"), message);
  }
  stranger.disconnect();
  await announceRevocations(pair.counters, ["real"]);
  await until(() => pair.heard.length > 0);
  expect(pair.heard).toEqual(["real"]);
});
