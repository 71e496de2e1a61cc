import Fastify, { type FastifyBaseLogger, type FastifyInstance, LogController } from "fastify";
import type { Logger } from "pino";
import type { Missing } from "./health/find-missing.ts";

export type ServerOptions = {
  log: Logger;
  version: Readonly<{ service: string; version: string; commit: string; schemaVersion: string }>;
  findMissing: () => Promise<Missing>;
};

const BODY_BYTES_MAX = 16 * 1_024;
const MILLISECONDS_A_SECOND = 1_000;

/** What is published of this service: whether it lives, whether it can work, which version it is. */
export function createServer({ log, version, findMissing }: ServerOptions): FastifyInstance {
  const startedAt = performance.now();
  const app = Fastify({
    loggerInstance: log as FastifyBaseLogger,
    logController: new LogController({ disableRequestLogging: true }),
    bodyLimit: BODY_BYTES_MAX,
    forceCloseConnections: true,
  });
  app.removeAllContentTypeParsers();
  app.addHook("onSend", async (_request, reply) => {
    reply.headers({ "cache-control": "no-store", "x-content-type-options": "nosniff" });
  });
  app.get("/health", async () => ({
    status: "ok",
    service: version.service,
    uptime: Math.floor((performance.now() - startedAt) / MILLISECONDS_A_SECOND),
  }));
  app.get("/ready", async (_request, reply) => {
    const missing = await findMissing();
    if (Object.keys(missing).length === 0) return { status: "ready", service: version.service };
    return reply.code(503).header("retry-after", "1").send({ status: "unready", missing });
  });
  app.get("/version", async () => version);
  app.setNotFoundHandler((request, reply) =>
    reply.code(404).type("application/problem+json").send(problem(404, request.url)),
  );
  app.setErrorHandler((error, request, reply) => {
    request.log.error({ err: error }, "a request failed");
    return reply.code(500).type("application/problem+json").send(problem(500, request.url));
  });
  return app;
}

const PROBLEMS = {
  404: { code: "not_found", title: "There is nothing here." },
  500: { code: "internal_error", title: "Something failed on our side." },
} as const;

/** RFC 9457. */
const problem = (status: keyof typeof PROBLEMS, url: string) => ({
  type: "about:blank",
  status,
  instance: url.split("?")[0],
  ...PROBLEMS[status],
});
