import { connect, createServer, type Socket } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { cloneDatabase } from "@postern/devkit";
import { sql } from "drizzle-orm";
import { expect, test } from "vitest";
import { openDatabase } from "./open-database.ts";
import { isDatabaseAway } from "./sql-state.ts";

/** Passes connections on until `silence()`, which lets those that are open say nothing more, as a lost route does. */
async function startProxy(target: URL) {
  const open = new Set<Socket>();
  const server = createServer((client) => {
    const upstream = connect(Number(target.port), target.hostname);
    for (const [from, to] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      from
        .on("error", () => undefined)
        .on("data", (chunk) => {
          if (!silenced.has(client)) to.write(chunk);
        });
    }
    open.add(client);
    sockets.push(client, upstream);
  });
  const silenced = new Set<Socket>();
  const sockets: Socket[] = [];
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const url = new URL(target);
  url.port = String((server.address() as { port: number }).port);
  return {
    url: url.href,
    silence: () => open.forEach((socket) => void silenced.add(socket)),
    [Symbol.asyncDispose]: async () => {
      for (const socket of sockets) socket.destroy();
      server.close();
    },
  };
}

test("connections that fall silent are given up within 4 s, and new ones serve at once", async () => {
  await using database = await cloneDatabase({ from: "empty" });
  await using proxy = await startProxy(new URL(database.url));
  await using db = openDatabase({ url: proxy.url, poolSizeMax: 4, applicationName: "silent-test" });
  const ask = () => db.execute(sql`select pg_sleep(0.05)`);
  await Promise.all(Array.from({ length: 8 }, ask));

  proxy.silence();
  const startedAt = performance.now();
  const lost = await Promise.allSettled(Array.from({ length: 40 }, ask));
  expect(performance.now() - startedAt).toBeLessThan(4_500);
  const reasons = lost.flatMap((result) => (result.status === "rejected" ? [result.reason] : []));
  expect(reasons.length).toBeGreaterThan(0);
  expect(reasons.every(isDatabaseAway)).toBe(true);

  // A socket's error comes a tick before its close.
  await sleep(10);
  const againAt = performance.now();
  await Promise.all(Array.from({ length: 8 }, ask));
  expect(performance.now() - againAt).toBeLessThan(1_000);
});

test("a statement that takes its time and an idle connection are not silent", async () => {
  await using database = await cloneDatabase({ from: "empty" });
  await using db = openDatabase({
    url: database.url,
    poolSizeMax: 1,
    applicationName: "idle-test",
  });
  const pid = async () =>
    (await db.execute<{ pid: number }>(sql`select pg_backend_pid() as pid`))[0]?.pid;
  const before = await pid();
  await db.execute(sql`select pg_sleep(2.9)`);
  await sleep(4_000);
  expect(await pid()).toBe(before);
});
