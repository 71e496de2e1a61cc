import { setTimeout as sleep } from "node:timers/promises";
import { Redis } from "ioredis";
import { expect, test } from "vitest";
import { PortTakenError } from "./find-free-port.ts";
import { startRedis } from "./redis.ts";

function connect(url: string): Redis & Disposable {
  const redis = new Redis(url, { retryStrategy: () => null, maxRetriesPerRequest: 0 });
  redis.on("error", () => undefined);
  return Object.assign(redis, { [Symbol.dispose]: () => redis.disconnect() });
}

test("a frozen Redis answers nothing and goes on after the thaw", async () => {
  await using server = await startRedis();
  using redis = connect(server.url);
  await redis.set("colour", "green");

  await server.freeze();
  const answer = redis.get("colour");
  expect(await Promise.race([answer, sleep(200, "silence")])).toBe("silence");

  await server.thaw();
  expect(await answer).toBe("green");
});

test("it is empty, runs Lua, and is gone after stop", async () => {
  await using server = await startRedis();
  using redis = connect(server.url);
  expect(await redis.dbsize()).toBe(0);
  expect(await redis.eval("return 40 + 2", 0)).toBe(42);

  await server.stop();
  using late = connect(server.url);
  await expect(late.ping()).rejects.toThrow();
});

test("without the password nobody gets in", async () => {
  await using server = await startRedis();
  using redis = connect(`redis://127.0.0.1:${server.port}`);
  await expect(redis.ping()).rejects.toThrow("NOAUTH");
});

test("a port in use is told apart from other failures", async () => {
  await using server = await startRedis();
  await expect(startRedis({ port: server.port })).rejects.toBeInstanceOf(PortTakenError);
});
