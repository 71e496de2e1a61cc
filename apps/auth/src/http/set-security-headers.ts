import cors from "@fastify/cors";
import helmet from "@fastify/helmet";
import type { FastifyInstance } from "fastify";

const YEAR_SECONDS = 31_536_000;
const PREFLIGHT_SECONDS = 600;

/**
 * Headers of every answer: HSTS for a year, nosniff, no referrer, and a policy under
 * which a browser loads and frames nothing. Nothing may be stored unless a route says otherwise.
 */
export async function setSecurityHeaders(app: FastifyInstance): Promise<void> {
  await app.register(helmet, {
    contentSecurityPolicy: {
      useDefaults: false,
      directives: {
        "default-src": ["'none'"],
        "base-uri": ["'none'"],
        "form-action": ["'none'"],
        "frame-ancestors": ["'none'"],
      },
    },
    hsts: { maxAge: YEAR_SECONDS, includeSubDomains: true },
    referrerPolicy: { policy: "no-referrer" },
    frameguard: { action: "deny" },
    // An API: a page of an allowed origin must be able to read it.
    crossOriginResourcePolicy: { policy: "cross-origin" },
  });
  app.addHook("onSend", async (request, reply) => {
    reply.header("x-request-id", request.id);
    if (!reply.hasHeader("cache-control")) {
      reply.header("cache-control", "no-store");
    }
  });
}

/** Lets pages of exactly these origins read answers; with none there is no CORS at all. */
export async function allowOrigins(
  app: FastifyInstance,
  origins: readonly string[],
): Promise<void> {
  if (origins.length === 0) {
    return;
  }
  await app.register(cors, {
    origin: [...origins],
    credentials: true,
    methods: ["GET", "POST", "PATCH", "DELETE"],
    allowedHeaders: ["authorization", "content-type", "x-csrf-token"],
    exposedHeaders: ["retry-after", "x-request-id"],
    maxAge: PREFLIGHT_SECONDS,
    strictPreflight: false,
  });
}
