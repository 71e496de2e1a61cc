import type { FastifyInstance } from "fastify";

/**
 * While the server closes, each answer is the last on its connection. Otherwise a client that keeps
 * its connection open would hold up the end for as long as it likes.
 */
export function drainConnections(app: FastifyInstance): void {
  let isDraining = false;
  app.addHook("preClose", async () => {
    isDraining = true;
  });
  app.addHook("onSend", async (_request, reply) => {
    if (isDraining) {
      reply.header("connection", "close");
    }
  });
}
