import type { FastifyError, FastifySchemaValidationError } from "fastify";
import type { FieldError, ProblemDetails } from "../problem.ts";

const DETAILS: Readonly<Record<string, string>> = {
  body: "The body does not match the schema.",
  headers: "The headers do not match the schema.",
  params: "The path does not match the schema.",
  querystring: "The query string does not match the schema.",
};

/**
 * Says which fields are wrong and how, by the names in our schema. Values, and names that the caller
 * made up, are not repeated: they may be secrets put in the wrong place.
 */
export function describeValidation({
  validation = [],
  validationContext = "body",
}: FastifyError): ProblemDetails {
  return { detail: DETAILS[validationContext], errors: validation.map(describeFault) };
}

function describeFault(fault: FastifySchemaValidationError): FieldError {
  const { instancePath: pointer, keyword, params } = fault;
  if (keyword === "required" && typeof params.missingProperty === "string") {
    return { pointer: `${pointer}/${params.missingProperty}`, message: "is missing" };
  }
  if (keyword === "additionalProperties" || keyword === "unevaluatedProperties") {
    return { pointer, message: "has a field that is not known" };
  }
  return { pointer, message: fault.message ?? "is not valid" };
}
