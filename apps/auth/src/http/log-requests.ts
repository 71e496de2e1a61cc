import type { FastifyInstance } from "fastify";
import type { Config } from "../config.ts";
import { originOf } from "./origin.ts";

/** One line a request: the route's template in place of the address, which may hold what is secret. */
export function logRequests(app: FastifyInstance, config: Config): void {
  app.addHook("onResponse", async (request, reply) => {
    const { method, routeOptions } = request;
    const line = {
      method,
      route: routeOptions.url ?? "unmatched",
      status: reply.statusCode,
      milliseconds: Math.round(reply.elapsedTime),
      ipAddress: originOf(request, config).ipAddress,
    };
    request.log.info(line, "answered");
  });
}
