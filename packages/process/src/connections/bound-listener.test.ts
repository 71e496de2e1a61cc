import { readdirSync } from "node:fs";
import type { AddressInfo } from "node:net";
import { BlockList, connect, type Socket } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import Fastify, { type FastifyInstance } from "fastify";
import { expect, test } from "vitest";
import { boundListener } from "./bound-listener.ts";
import { CONNECTION_LIMITS, type ConnectionLimits } from "./connection-limits.ts";

/** A tenth of the real ones, so that a test can wait for them. */
const SHORT: ConnectionLimits = {
  headersMilliseconds: 500,
  requestMilliseconds: 850,
  idleMilliseconds: 700,
  proxyIdleMilliseconds: 4_000,
  answerMilliseconds: 3_000,
  stalledMilliseconds: 3_000,
  lingerMilliseconds: 100,
  checkMilliseconds: 50,
  connectionsMax: 4_000,
};

type Options = { limits?: Partial<ConnectionLimits>; proxies?: BlockList };

async function listen({ limits, proxies }: Options = {}) {
  const bounded = { ...SHORT, ...limits };
  const listener = boundListener({ limits: bounded, ...(proxies ? { proxies } : {}) });
  const app = Fastify({
    forceCloseConnections: true,
    serverFactory: listener.serverFactory,
    clientErrorHandler: listener.clientErrorHandler,
  }) as unknown as FastifyInstance;
  app.get("/", async () => "ok");
  app.post("/", async () => "ok");
  app.get("/large", async () => "x".repeat(20_000_000));
  await app.listen({ port: 0, host: "127.0.0.1" });
  const { port } = app.server.address() as AddressInfo;
  return {
    listener,
    port,
    get: () => fetch(`http://127.0.0.1:${port}/`).then(({ status }) => status),
    [Symbol.asyncDispose]: async () => void (await app.close()),
  };
}

type Client = { socket: Socket; said: () => string; closedAfter: Promise<number> };

/** Sends its lines and then a piece again and again. It never closes its own half. */
function open(port: number, { text, drip }: { text?: string; drip?: string }): Client {
  const startedAt = performance.now();
  const socket = connect({ port, host: "127.0.0.1", allowHalfOpen: true });
  let said = "";
  socket.on("data", (data) => {
    said += data;
  });
  socket.on("error", () => undefined);
  if (text !== undefined) socket.write(text);
  const timer = drip === undefined ? undefined : setInterval(() => socket.write(drip), 60);
  // Its own half stays open: only what the server holds tells that it was destroyed.
  const closedAfter = new Promise<number>((resolve) => {
    const end = () => {
      clearInterval(timer);
      resolve(performance.now() - startedAt);
    };
    socket.once("end", end).once("close", end);
  });
  return { socket, said: () => said, closedAfter };
}

const POST = "POST / HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n";
const GET = "GET / HTTP/1.1\r\nHost: x\r\n\r\n";

const SLOW = {
  "a body": { text: `${POST}Content-Length: 9000\r\n\r\n`, drip: " " },
  "a chunked body": { text: `${POST}Transfer-Encoding: chunked\r\n\r\n`, drip: "1\r\n \r\n" },
  "a body that nothing waits for": {
    text: `${POST.replace("/ ", "/none ")}Content-Length: 9000\r\n\r\n`,
    drip: " ",
  },
  "a body of a foreign type": {
    text: `${POST.replace("application/json", "text/xml")}Content-Length: 9000\r\n\r\n`,
    drip: " ",
  },
  "a body that it asks leave for": {
    text: `${POST}Expect: 100-continue\r\nContent-Length: 9000\r\n\r\n`,
    drip: " ",
  },
  "a body behind what nobody expects": {
    text: `${POST}Expect: junk\r\nContent-Length: 9000\r\n\r\n`,
    drip: " ",
  },
  headers: { text: "GET / HTTP/1.1\r\nHost: x\r\n", drip: "a: b\r\n" },
  "the headers of a second request": { text: `${GET}GET / HTTP/1.1\r\n`, drip: "a: b\r\n" },
  "line breaks behind a request": { text: GET, drip: "\r\n" },
  "line breaks before a request": { text: "\r\n", drip: "\r\n" },
  nothing: {},
  "half of the headers, and nothing more": { text: "GET / HTTP/1.1\r\nHo" },
  "nothing behind a request": { text: GET },
  "no HTTP": { text: "nonsense\r\n\r\n", drip: "nonsense\r\n\r\n" },
};

test.for(Object.entries(SLOW))(
  "30 clients that send %s are gone in time, and others are served meanwhile (R-87, A-42)",
  async ([, slow]) => {
    await using server = await listen();
    const clients = Array.from({ length: 30 }, () => open(server.port, slow));
    expect(await server.get()).toBe(200);
    const times = await Promise.all(clients.map(({ closedAfter }) => closedAfter));
    expect(Math.max(...times)).toBeLessThan(6_000);
    await expect.poll(() => server.listener.open(), { timeout: 4_000 }).toBeLessThanOrEqual(1);
  },
);

test("300 that drip, 300 half-open and 300 idle leave no descriptor behind (A-42)", async () => {
  await using server = await listen();
  const descriptors = () => readdirSync("/proc/self/fd").length;
  const before = descriptors();
  const clients = [
    SLOW["a body"],
    SLOW["half of the headers, and nothing more"],
    SLOW.nothing,
  ].flatMap((slow) => Array.from({ length: 300 }, () => open(server.port, slow)));
  await expect.poll(() => server.listener.open(), { timeout: 8_000 }).toBeGreaterThan(250);
  expect(await server.get()).toBe(200);
  await Promise.all(clients.map(({ closedAfter }) => closedAfter));
  await expect.poll(() => server.listener.open(), { timeout: 4_000 }).toBeLessThanOrEqual(1);
  // The clients are in this process and hold on to theirs.
  expect(descriptors()).toBeLessThan(before + clients.length + 20);
  for (const { socket } of clients) socket.destroy();
});

test("a client that is too slow is told so once, as problem+json", async () => {
  await using server = await listen();
  const late = open(server.port, SLOW["half of the headers, and nothing more"]);
  const bad = open(server.port, SLOW["no HTTP"]);
  await Promise.all([late.closedAfter, bad.closedAfter]);
  expect(late.said()).toMatch(
    /^HTTP\/1\.1 408 Request Timeout\r\nContent-Type: application\/problem\+json/,
  );
  expect(bad.said()).toMatch(/^HTTP\/1\.1 400 Bad Request[\s\S]*"code":"invalid_request"/);
  expect(bad.said().match(/HTTP\/1\.1/g)).toHaveLength(1);
});

test("who reads nothing of a large answer, or a little at a time, is cut off", async () => {
  await using server = await listen({ limits: { stalledMilliseconds: 1_000 } });
  const ask = "GET /large HTTP/1.1\r\nHost: x\r\n\r\n";
  const stalled = open(server.port, { text: ask });
  stalled.socket.removeAllListeners("data").pause();
  const slow = open(server.port, { text: ask });
  slow.socket.removeAllListeners("data").pause();
  const timer = setInterval(() => void slow.socket.read(1_000), 100);
  await expect.poll(() => server.listener.open(), { timeout: 1_000 }).toBe(2);
  await expect.poll(() => server.listener.open(), { timeout: 10_000 }).toBe(0);
  clearInterval(timer);
  stalled.socket.destroy();
  slow.socket.destroy();
});

test("a proxy's connection rests for longer than a client's, and not for ever", async () => {
  const proxies = new BlockList();
  proxies.addAddress("127.0.0.1");
  await using server = await listen({ proxies });
  const proxy = open(server.port, { text: GET });
  await sleep(3_000);
  expect(server.listener.open()).toBe(1);
  proxy.socket.write(GET);
  await expect.poll(() => proxy.said().match(/200 OK/g)?.length, { timeout: 2_000 }).toBe(2);
  expect(await proxy.closedAfter).toBeGreaterThan(6_000);
});

test("at nine tenths of the bound those that rest are closed, past it newcomers are, and counted", async () => {
  await using server = await listen({ limits: { connectionsMax: 50, idleMilliseconds: 20_000 } });
  const resting = Array.from({ length: 40 }, () => open(server.port, { text: GET }));
  await expect
    .poll(() => resting.every(({ said }) => said() !== ""), { timeout: 4_000 })
    .toBe(true);
  const busy = Array.from({ length: 49 }, () => open(server.port, SLOW["a body"]));
  await expect.poll(() => server.listener.open(), { timeout: 2_000 }).toBeLessThanOrEqual(50);
  await Promise.all(resting.map(({ closedAfter }) => closedAfter));
  const more = Array.from({ length: 20 }, () => open(server.port, SLOW["a body"]));
  await Promise.all([...busy, ...more].map(({ closedAfter }) => closedAfter));
  expect(server.listener.dropped()).toBeGreaterThan(0);
  // Their end was seen; the server destroys them a moment later.
  await expect.poll(() => server.listener.open(), { timeout: 4_000 }).toBe(0);
  expect(await server.get()).toBe(200);
});

test("by default a request has 8.5 s and its headers 5 s, looked at twice a second: gone within 10 s", () => {
  const { headersMilliseconds, requestMilliseconds, lingerMilliseconds, checkMilliseconds } =
    CONNECTION_LIMITS;
  expect(headersMilliseconds).toBe(5_000);
  expect(requestMilliseconds + lingerMilliseconds + checkMilliseconds).toBeLessThanOrEqual(10_000);
});
