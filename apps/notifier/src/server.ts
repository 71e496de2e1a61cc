import {
  type BoundedListener,
  createMissingReport,
  type Drain,
  isConflict,
  isDatabaseAway,
} from "@postern/process";
import Fastify, {
  type FastifyBaseLogger,
  type FastifyInstance,
  type FastifyReply,
  type FastifyRequest,
  LogController,
} from "fastify";
import type { Logger } from "pino";
import type { Missing } from "./health/find-missing.ts";

export type ServerOptions = {
  log: Logger;
  listener: BoundedListener;
  drain: Drain;
  version: Readonly<{ service: string; version: string; commit: string; schemaVersion: string }>;
  findMissing: () => Promise<Missing>;
};

const BODY_BYTES_MAX = 16 * 1_024;
const GRACE_MILLISECONDS = 5_000;
const MILLISECONDS_A_SECOND = 1_000;

/** What is published of this service: whether it lives, whether it can work, which version it is. */
export function createServer(options: ServerOptions): FastifyInstance {
  const { log, version, listener, drain, findMissing } = options;
  const startedAt = performance.now();
  const app = Fastify({
    loggerInstance: log as FastifyBaseLogger,
    logController: new LogController({ disableRequestLogging: true }),
    bodyLimit: BODY_BYTES_MAX,
    return503OnClosing: false,
    serverFactory: listener.serverFactory,
    clientErrorHandler: listener.clientErrorHandler,
    frameworkErrors: (_error: unknown, request: FastifyRequest, reply: FastifyReply) =>
      refuse(400, request, reply),
  });
  app.removeAllContentTypeParsers();
  let isClosing = false;
  app.addHook("preClose", async () => {
    isClosing = true;
    // A client that never ends its headers would hold up the end.
    setTimeout(() => app.server.closeAllConnections(), GRACE_MILLISECONDS).unref();
  });
  app.addHook("onSend", async (_request, reply) => {
    if (isClosing || drain.isDraining()) reply.header("connection", "close");
    reply.headers({ "cache-control": "no-store", "x-content-type-options": "nosniff" });
  });
  app.get("/health", async () => ({
    status: "ok",
    service: version.service,
    uptime: Math.floor((performance.now() - startedAt) / MILLISECONDS_A_SECOND),
  }));
  const report = createMissingReport(log);
  const checkReadiness = async () => {
    const missing = await findMissing();
    report(missing);
    return missing;
  };
  // So that the log of a start says what is missing, whether anybody asks or not.
  app.addHook("onListen", async () => void (await checkReadiness()));
  app.get("/ready", async (_request, reply) => {
    if (drain.isDraining()) {
      return reply.code(503).header("retry-after", "1").send({ status: "draining", missing: {} });
    }
    const missing = await checkReadiness();
    if (Object.keys(missing).length === 0) return { status: "ready", service: version.service };
    return reply.code(503).header("retry-after", "1").send({ status: "unready", missing });
  });
  app.get("/version", async () => version);
  app.setNotFoundHandler((request, reply) => refuse(404, request, reply));
  app.setErrorHandler((error, request, reply) => {
    const status = statusOf(error);
    if (status === 500) request.log.error({ err: error }, "a request failed");
    if (status === 503) {
      request.log.warn({ err: error }, "a request could not be served");
      reply.header("retry-after", "1");
    }
    return refuse(status, request, reply);
  });
  return app;
}

const PROBLEMS = {
  400: { code: "invalid_request", title: "The request cannot be read." },
  404: { code: "not_found", title: "There is nothing here." },
  413: { code: "payload_too_large", title: "The body is too large." },
  415: { code: "unsupported_media_type", title: "A body of this type is not taken." },
  500: { code: "internal_error", title: "Something failed on our side." },
  503: { code: "service_unavailable", title: "The service cannot answer now. Try again." },
} as const;

/** What the framework refuses is the caller's fault, by its own status; what is away is nobody's bug. */
function statusOf(error: unknown): keyof typeof PROBLEMS {
  if (isDatabaseAway(error) || isConflict(error)) return 503;
  const status = error instanceof Error && "statusCode" in error ? Number(error.statusCode) : 500;
  if (status === 413 || status === 415) return status;
  return status >= 400 && status < 500 ? 400 : 500;
}

/** RFC 9457. `instance` names this very refusal, as in the log. */
function refuse(
  status: keyof typeof PROBLEMS,
  request: FastifyRequest,
  reply: FastifyReply,
): FastifyReply {
  const { code } = PROBLEMS[status];
  return reply
    .code(status)
    .type("application/problem+json")
    .send({
      type: `urn:postern:problem:${code}`,
      status,
      instance: `urn:postern:request:${request.id}`,
      ...PROBLEMS[status],
    });
}
