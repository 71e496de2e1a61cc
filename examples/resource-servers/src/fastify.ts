import {
  bearerToken,
  toProblem,
  type VerifyOptions,
  verifyAccessToken,
} from "@postern/client/server";
import fastify from "fastify";

/** A Fastify server whose orders are for who is signed in at Postern. */
export function buildFastify(options: VerifyOptions) {
  const app = fastify();

  app.setErrorHandler((error, _request, reply) => {
    const problem = toProblem(error);
    if (problem === null) {
      return reply.send(error);
    }
    return reply.code(problem.status).headers(problem.headers).send(problem.body);
  });

  app.get("/orders", async (request) => {
    const token = bearerToken(request.headers.authorization);
    const { sub } = await verifyAccessToken(token, options);
    return { userId: sub, orders: [] };
  });

  return app;
}
