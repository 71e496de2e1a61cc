import { Ajv, type Options } from "ajv";
import addFormats from "ajv-formats";
import type { FastifyInstance } from "fastify";

/** Nothing is converted, nothing dropped: `["123456"]` is no string and an unknown field is a fault. */
const STRICT: Options = { coerceTypes: false, removeAdditional: false, allErrors: false };

/** A query string holds text alone, so numbers and booleans are read from it; defaults are filled in. */
const FROM_TEXT: Options = { ...STRICT, coerceTypes: true, useDefaults: true };

/** Bodies and headers are taken as they are; query strings and paths are read from text. */
export function validateStrictly(app: FastifyInstance): void {
  const strict = createAjv(STRICT);
  const fromText = createAjv(FROM_TEXT);
  app.setValidatorCompiler(({ schema, httpPart }) => {
    const isText = httpPart === "querystring" || httpPart === "params";
    return (isText ? fromText : strict).compile(schema as object);
  });
}

function createAjv(options: Options): Ajv {
  const ajv = new Ajv(options);
  addFormats.default(ajv);
  return ajv;
}
