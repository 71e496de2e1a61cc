import Fastify from "fastify";
import type { Registry } from "prom-client";

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
  const app = Fastify({ logger: false, forceCloseConnections: true });
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
