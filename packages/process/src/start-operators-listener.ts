import Fastify, { type FastifyInstance } from "fastify";
import type { Registry } from "prom-client";
import { boundListener } from "./connections/bound-listener.ts";
import { CONNECTION_LIMITS, type ConnectionLimits } from "./connections/connection-limits.ts";
import { measureConnections } from "./connections/measure-connections.ts";

const BODY_BYTES_MAX = 16 * 1_024;

/** One line of `/health/details`. `status` down does not fail the answer; the reader decides. */
export type HealthCheck = { status: "up" | "down"; [figure: string]: string | number | string[] };

export type HealthDetails = {
  status: "ok" | "degraded" | "unready";
  checks: Readonly<Record<string, HealthCheck>>;
};

export type OperatorsListenerOptions = {
  host: string;
  /** 0 takes a free one. */
  port: number;
  registry: Registry;
  connectionsMax: number;
  /** Others than those of every listener, for tests. */
  limits?: Partial<ConnectionLimits>;
  details: () => Promise<HealthDetails>;
};

export type OperatorsListener = AsyncDisposable & { url: string; port: number };

/**
 * `/metrics` (Prometheus) and `/health/details`, on a port of their own that is not published: they tell
 * more than the public may know.
 */
export async function startOperatorsListener(
  options: OperatorsListenerOptions,
): Promise<OperatorsListener> {
  const limits = {
    ...CONNECTION_LIMITS,
    connectionsMax: options.connectionsMax,
    ...options.limits,
  };
  const listener = boundListener({ limits });
  measureConnections(options.registry, "operators", listener);
  const app = Fastify({
    logger: false,
    forceCloseConnections: true,
    bodyLimit: BODY_BYTES_MAX,
    serverFactory: listener.serverFactory,
    clientErrorHandler: listener.clientErrorHandler,
  }) as unknown as FastifyInstance;
  app.get("/metrics", async (_request, reply) =>
    reply.type(options.registry.contentType).send(await options.registry.metrics()),
  );
  app.get("/health/details", async (_request, reply) =>
    reply.header("cache-control", "no-store").send(await options.details()),
  );
  app.setNotFoundHandler((_request, reply) => reply.code(404).send());
  app.setErrorHandler((_error, _request, reply) => reply.code(500).send());
  await app.listen({ host: options.host, port: options.port });
  const address = app.server.address();
  const port = typeof address === "object" && address ? address.port : options.port;
  return {
    url: `http://${options.host}:${port}`,
    port,
    [Symbol.asyncDispose]: async () => {
      await app.close();
    },
  };
}
