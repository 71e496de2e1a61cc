import type { Drain } from "@postern/process";
import type { FastifyInstance } from "fastify";

/** Longer than any handler may take, shorter than the drain of the whole service. */
const GRACE_MILLISECONDS = 5_000;

/**
 * From the signal to stop on, each answer is the last on its connection. Otherwise a client that
 * keeps its connection open would hold up the end for as long as it likes.
 */
export function drainConnections(app: FastifyInstance, drain: Drain): void {
  let isClosing = false;
  app.addHook("preClose", async () => {
    isClosing = true;
    // A request that never ends its headers is no request: Node waits for it for ever.
    setTimeout(() => app.server.closeAllConnections(), GRACE_MILLISECONDS).unref();
  });
  app.addHook("onSend", async (_request, reply) => {
    if (isClosing || drain.isDraining()) {
      reply.header("connection", "close");
    }
  });
}
