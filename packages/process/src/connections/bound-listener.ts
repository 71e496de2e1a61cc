import { createServer, type RequestListener, type Server } from "node:http";
import type { BlockList, Socket } from "node:net";
import {
  CLIENT_PROBLEMS,
  type ClientProblems,
  createClientErrorAnswer,
} from "./answer-client-error.ts";
import type { ConnectionLimits } from "./connection-limits.ts";
import { type HeldConnections, holdConnections } from "./held-connections.ts";

export type ListenerOptions = {
  limits: ConnectionLimits;
  /** Whose connections may rest for longer. */
  proxies?: BlockList;
  /** What it says to bytes that are no request; without it, what CLIENT_PROBLEMS says. */
  problems?: ClientProblems;
};

export type BoundedListener = {
  /** Fastify's options of these names. */
  readonly serverFactory: (handler: RequestListener) => Server;
  readonly clientErrorHandler: (error: Error, socket: Socket) => void;
  /** Connections that are open now. */
  readonly open: () => number;
  /** Connections since the start that were closed at once, since there were too many. */
  readonly dropped: () => number;
};

const CROWDED = 0.9;

/**
 * The one way in which a service listens: headers, bodies, answers and what comes between them
 * have deadlines, connections a bound, and a socket is destroyed and never just ended.
 */
export function boundListener({ limits, proxies, problems }: ListenerOptions): BoundedListener {
  const held = holdConnections(limits, proxies);
  let dropped = 0;
  return {
    serverFactory: (handler) => {
      const server = createServer(nodeLimits(limits), handler);
      server.timeout = limits.stalledMilliseconds;
      server.maxConnections = limits.connectionsMax;
      watch(server, held, limits);
      server.on("drop", () => {
        dropped += 1;
      });
      return server;
    },
    clientErrorHandler: createClientErrorAnswer({
      problems: problems ?? CLIENT_PROBLEMS,
      owesAnswer: held.owesAnswer,
      lingerMilliseconds: limits.lingerMilliseconds,
    }),
    open: held.size,
    dropped: () => dropped,
  };
}

const nodeLimits = (limits: ConnectionLimits) => ({
  headersTimeout: limits.headersMilliseconds,
  requestTimeout: limits.requestMilliseconds,
  keepAliveTimeout: limits.idleMilliseconds,
  connectionsCheckingInterval: limits.checkMilliseconds,
});

function watch(server: Server, held: HeldConnections, limits: ConnectionLimits): void {
  const { checkMilliseconds, connectionsMax } = limits;
  let relievedAt = 0;
  server.on("connection", (socket: Socket) => {
    held.accept(socket);
    const now = performance.now();
    if (held.size() >= connectionsMax * CROWDED && now - relievedAt > checkMilliseconds) {
      relievedAt = now;
      held.closeResting();
    }
  });
  server.on("request", (_request, answer) => held.noteRequest(answer));
  server.on("timeout", (socket: Socket) => {
    if (!held.isKeptByProxy(socket)) socket.destroy();
  });
  server.on("listening", () => {
    const timer = setInterval(held.sweep, checkMilliseconds).unref();
    server.once("close", () => clearInterval(timer));
  });
}
