import type { FastifyInstance } from "fastify";

/** Longer than any handler may take, shorter than the drain of the whole service. */
const GRACE_MILLISECONDS = 5_000;

/**
 * While the server closes, each answer is the last on its connection. Otherwise a client that keeps
 * its connection open would hold up the end for as long as it likes.
 */
export function drainConnections(app: FastifyInstance): void {
  let isDraining = false;
  app.addHook("preClose", async () => {
    isDraining = true;
    // A request that never ends its headers is no request: Node waits for it for ever.
    setTimeout(() => app.server.closeAllConnections(), GRACE_MILLISECONDS).unref();
  });
  app.addHook("onSend", async (_request, reply) => {
    if (isDraining) {
      reply.header("connection", "close");
    }
  });
}
