import swagger from "@fastify/swagger";
import swaggerUi from "@fastify/swagger-ui";
import type { FastifyInstance } from "fastify";
import type { Config } from "../config.ts";
import { completeDocument } from "./complete-document.ts";

/** The page's own scripts and styles from this server; nothing from outside, no inline script. */
const PAGE_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data:",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join("; ");

const DESCRIPTION = `Accounts, sessions and one-time codes.

Every refusal is a problem document (RFC 9457) with a \`code\` to decide by; 429 and 503 carry
\`Retry-After\` in seconds. Access tokens are bearer tokens.`;

/** `/openapi.json` and its reference page `/docs`. Call it before the routes that it documents. */
export async function serveReference(app: FastifyInstance, config: Config): Promise<void> {
  await app.register(swagger, {
    openapi: {
      openapi: "3.1.0",
      info: { title: `${config.appName} auth`, description: DESCRIPTION, version: "1" },
      servers: [{ url: config.publicUrl }],
      components: {
        securitySchemes: { bearer: { type: "http", scheme: "bearer", bearerFormat: "JWT" } },
      },
    },
    transformObject: (document) =>
      completeDocument("openapiObject" in document ? document.openapiObject : {}),
  });
  await app.register(swaggerUi, {
    routePrefix: "/docs",
    staticCSP: PAGE_POLICY,
    // Otherwise the page sends the document to a validator on the internet.
    uiConfig: { validatorUrl: null as never, deepLinking: true },
  });
  app.get("/openapi.json", { schema: { hide: true } }, async (_request, reply) =>
    reply.header("cache-control", "no-cache").send(app.swagger()),
  );
}
