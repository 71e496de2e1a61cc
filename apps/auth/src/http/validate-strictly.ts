import { Ajv, type ErrorObject, type Options, type ValidateFunction } from "ajv";
import addFormats from "ajv-formats";
import type { FastifyInstance } from "fastify";

/** Nothing is converted, nothing dropped: `["123456"]` is no string and an unknown field is a fault. */
const STRICT: Options = { coerceTypes: false, removeAdditional: false, allErrors: false };

/** A query string holds text alone, so numbers and booleans are read from it; defaults are filled in. */
const FROM_TEXT: Options = { ...STRICT, coerceTypes: true, useDefaults: true };

/**
 * How an integer is written in a query string or path: decimal digits, no sign but minus, no leading
 * zero, and few enough digits to be exact. Ajv alone reads `1e999` as Infinity, which no `maximum`
 * refuses, and `0x10`, ` 5` and `-0` as numbers too.
 */
const WRITTEN_INTEGER = /^(?:0|-?[1-9][0-9]{0,14})$/;

/** Bodies and headers are taken as they are; query strings and paths are read from text. */
export function validateStrictly(app: FastifyInstance): void {
  const strict = createAjv(STRICT);
  const fromText = createAjv(FROM_TEXT);
  app.setValidatorCompiler(({ schema, httpPart }) => {
    const isText = httpPart === "querystring" || httpPart === "params";
    return isText
      ? readingIntegers(fromText.compile(schema as object), findIntegers(schema))
      : strict.compile(schema as object);
  });
}

type TextSchema = { properties?: Readonly<Record<string, object>> };

/** The fields of a query string or path that are integers. @throws where a number may have a fraction. */
function findIntegers(schema: unknown): string[] {
  const fields = Object.entries((schema as TextSchema).properties ?? {});
  return fields.flatMap(([name, field]) => {
    const isInteger = "type" in field && field.type === "integer";
    if (!isInteger && /"type":"(?:number|integer)"/.test(JSON.stringify(field))) {
      throw new Error(`The number ${name} of a query string or path must be one plain integer.`);
    }
    return isInteger ? [name] : [];
  });
}

/** Judges the text before Ajv makes a number of it. */
function readingIntegers(validate: ValidateFunction, names: readonly string[]) {
  if (names.length === 0) {
    return validate;
  }
  const read = (values: Record<string, unknown>): boolean => {
    const wrong = names.find((name) => isMiswritten(values[name]));
    const isValid = wrong === undefined && validate(values);
    read.errors = wrong === undefined ? (validate.errors ?? null) : [refusalOf(wrong)];
    return isValid;
  };
  read.errors = null as ErrorObject[] | null;
  return read;
}

const isMiswritten = (value: unknown): boolean =>
  value !== undefined && !(typeof value === "string" && WRITTEN_INTEGER.test(value));

const refusalOf = (name: string): ErrorObject => ({
  keyword: "type",
  instancePath: `/${name}`,
  schemaPath: `#/properties/${name}/type`,
  params: { type: "integer" },
  message: "must be integer",
});

function createAjv(options: Options): Ajv {
  const ajv = new Ajv(options);
  addFormats.default(ajv);
  return ajv;
}
