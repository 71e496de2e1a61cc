import { isUtf8 } from "node:buffer";
import type { FastifyInstance, FastifyRequest } from "fastify";
import { Problem } from "../problem.ts";
import { findUnstorable } from "./unstorable-text.ts";

/** Two of one of these let a proxy and us read two different requests. */
const SINGLE_HEADERS = ["authorization", "content-type", "host"] as const;

/** RFC 8259 has no charset parameter, but clients send it. Nothing else may follow the type. */
const JSON_TYPE = /^application\/json(?:; ?charset=utf-8)?$/i;

const POLLUTING_NAMES: ReadonlySet<string> = new Set(["__proto__", "constructor", "prototype"]);

/**
 * Refuses requests that are ambiguous or cannot be stored, before any route sees them: doubled
 * headers, bodies that are not exactly JSON, names that reach for a prototype, and strings with
 * U+0000 or half a surrogate pair, which PostgreSQL refuses.
 */
export function refuseAmbiguousRequests(app: FastifyInstance): void {
  app.removeAllContentTypeParsers();
  const parseJson = app.getDefaultJsonParser("error", "error");
  app.addContentTypeParser(
    "application/json",
    { parseAs: "buffer" },
    (request: FastifyRequest, body: Buffer, done) => {
      if (body.length === 0) {
        return done(null, undefined);
      }
      if (!isUtf8(body)) {
        return done(new Problem("invalid_request", { detail: "The body is not UTF-8." }));
      }
      return parseJson(request, body.toString("utf8"), done);
    },
  );
  app.addHook("onRequest", async (request) => {
    refuseDoubledHeaders(request.raw.rawHeaders);
    refuseForeignTypes(request);
    refusePollution(request.query);
  });
  app.addHook("preValidation", async ({ body, params, query }) => {
    refuseUnstorable(params, "The path");
    refuseUnstorable(query, "The query string");
    refuseUnstorable(body, "The body");
  });
}

function refuseDoubledHeaders(rawHeaders: readonly string[]): void {
  const names = rawHeaders.filter((_, index) => index % 2 === 0).map((name) => name.toLowerCase());
  for (const header of SINGLE_HEADERS) {
    if (names.indexOf(header) !== names.lastIndexOf(header)) {
      throw new Problem("invalid_request", { detail: `There is more than one ${header} header.` });
    }
  }
}

/** Left to Fastify, a body without any type: it answers 415 too. */
function refuseForeignTypes({ headers, method }: FastifyRequest): void {
  const type = headers["content-type"];
  if (type !== undefined && method !== "GET" && method !== "HEAD" && !JSON_TYPE.test(type)) {
    throw new Problem("unsupported_media_type");
  }
}

function refusePollution(query: unknown): void {
  const names = Object.keys(query ?? {}).flatMap((name) => name.split(/[.[\]]/));
  if (names.some((name) => POLLUTING_NAMES.has(name))) {
    throw new Problem("invalid_request", { detail: "The query string names what it must not." });
  }
}

function refuseUnstorable(value: unknown, where: string): void {
  if (findUnstorable(value)) {
    throw new Problem("invalid_request", {
      detail: `${where} holds U+0000 or half of a surrogate pair.`,
    });
  }
}
