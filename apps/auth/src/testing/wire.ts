import { once } from "node:events";
import { connect, createServer, type Socket } from "node:net";

/** What went over a wire since the last reset. */
export type Traffic = {
  /** Round trips: requests sent together, before any of them was answered, are one. */
  trips: number;
  /** Statements or commands, as the protocol counts them. */
  requests: number;
};

export type Wire = AsyncDisposable & {
  /** The server's address by way of this wire. */
  url: string;
  reset: () => void;
  traffic: () => Traffic;
};

/** How many requests a piece of the stream from client to server begins. */
type CountRequests = (chunk: Buffer) => number;

/** A request in Redis's protocol is an array of bulk strings. */
const countCommands: CountRequests = (chunk) =>
  chunk.toString("latin1").match(/(?:^|\r\n)\*\d+\r\n\$/g)?.length ?? 0;

/** Each Sync (S, 4 bytes) or simple Query ends one turn of PostgreSQL's protocol. */
function countTurns(chunk: Buffer): number {
  let turns = 0;
  let at = 0;
  while (at + 5 <= chunk.length) {
    const type = String.fromCharCode(chunk[at] ?? 0);
    turns += type === "S" || type === "Q" ? 1 : 0;
    at += 1 + chunk.readInt32BE(at + 1);
  }
  return turns;
}

/** Lays a wire between a client and a real server, which counts what the protocol itself says. */
async function layWire(target: string, countRequests: CountRequests): Promise<Wire> {
  const { hostname, port } = new URL(target);
  const traffic: Traffic = { trips: 0, requests: 0 };
  let isAnswered = true;
  const sockets = new Set<Socket>();
  const server = createServer((client) => {
    const upstream = connect(Number(port), hostname);
    for (const socket of [client, upstream]) {
      sockets.add(socket);
      socket.setNoDelay(true).on("error", () => socket.destroy());
    }
    client.on("data", (chunk: Buffer) => {
      traffic.requests += countRequests(chunk);
      traffic.trips += isAnswered ? 1 : 0;
      isAnswered = false;
      upstream.write(chunk);
    });
    upstream.on("data", (chunk) => {
      isAnswered = true;
      client.write(chunk);
    });
    client.on("close", () => upstream.destroy());
    upstream.on("close", () => client.destroy());
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const url = new URL(target);
  url.hostname = "127.0.0.1";
  url.port = String((server.address() as { port: number }).port);
  return {
    url: url.href,
    reset: () => Object.assign(traffic, { trips: 0, requests: 0 }),
    traffic: () => ({ ...traffic }),
    [Symbol.asyncDispose]: async () => {
      for (const socket of sockets) {
        socket.destroy();
      }
      server.close();
      await once(server, "close");
    },
  };
}

export const layRedisWire = (url: string) => layWire(url, countCommands);
export const layPostgresWire = (url: string) => layWire(url, countTurns);
