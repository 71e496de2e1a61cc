import { STATUS_CODES } from "node:http";
import { type ProblemCode, problemCodes, problemRow } from "../problem.ts";
import { PROBLEM_TYPE } from "./answer-problem.ts";
import { exampleOf, type Schema } from "./example-of.ts";

type Media = { schema: Schema; example?: unknown; examples?: Record<string, object> };
type Content = Record<string, Media>;
type Answer = { description: string; content?: Content; headers?: Record<string, object> };
type Parameter = { name: string; schema: Schema; example?: unknown };
type Operation = {
  parameters?: Parameter[];
  requestBody?: { required?: boolean; content: Content };
  responses: Record<string, Answer>;
};
type Document = {
  components?: { schemas?: Record<string, object>; examples?: Record<string, object> };
  paths?: Record<string, Record<string, Operation>>;
};

const INSTANCE = "urn:uuid:6f1c2a9e-0b5d-4c7f-8a3e-2d9b4f6c1e70";
const RETRY_AFTER = { "Retry-After": { description: "Seconds.", schema: { type: "integer" } } };

/** What RFC 9457 asks for, with the code to decide by and the fields that are wrong. */
const Problem = {
  type: "object",
  required: ["type", "title", "status", "code", "instance"],
  properties: {
    type: { type: "string" },
    title: { type: "string" },
    status: { type: "integer" },
    code: { $ref: "#/components/schemas/ProblemCode" },
    instance: { type: "string", description: "The id of the request, as in x-request-id." },
    detail: { type: "string" },
    errors: {
      type: "array",
      items: {
        type: "object",
        required: ["pointer", "message"],
        properties: {
          pointer: { type: "string", description: "A JSON pointer into the body." },
          message: { type: "string" },
        },
      },
    },
  },
};

/**
 * Adds to the routes' document what their schemas imply: an example of every body, parameter and
 * answer, and of every refusal by its code. Problems are described once.
 */
export function completeDocument<T extends object>(document: T): T {
  const { components = {}, paths = {} } = document as Document;
  components.schemas = {
    ...components.schemas,
    ProblemCode: { type: "string", enum: problemCodes, description: "Others may join them." },
    Problem,
  };
  components.examples = {
    ...components.examples,
    ...Object.fromEntries(problemCodes.map((code) => [code, { value: problemExample(code) }])),
  };
  for (const operation of Object.values(paths).flatMap((methods) => Object.values(methods))) {
    completeOperation(operation);
  }
  return document;
}

function completeOperation({ parameters = [], requestBody, responses }: Operation): void {
  for (const parameter of parameters) {
    parameter.example = exampleOf(parameter.schema, parameter.name);
  }
  for (const media of Object.values(requestBody?.content ?? {})) {
    addExamples(media);
  }
  if (requestBody && Object.values(requestBody.content).some(({ schema }) => mayBeNull(schema))) {
    requestBody.required = false;
  }
  for (const [status, answer] of Object.entries(responses)) {
    completeAnswer(answer, status);
  }
}

function completeAnswer(answer: Answer, status: string): void {
  if (answer.description === "Default Response") {
    answer.description = STATUS_CODES[status] ?? status;
  }
  if (status === "429" || status === "503") {
    answer.headers = { ...answer.headers, ...RETRY_AFTER };
  }
  for (const [type, media] of Object.entries(answer.content ?? {})) {
    if (type === PROBLEM_TYPE) {
      describeProblem(media);
    } else {
      addExamples(media);
    }
  }
}

/** One example, or one for each of the forms that a body may have, but where its schema said one. */
function addExamples(media: Media): void {
  if (media.example !== undefined || media.examples !== undefined) {
    return;
  }
  const forms = media.schema.anyOf?.filter(({ type }) => type !== "null") ?? [];
  if (forms.length < 2) {
    media.example = exampleOf(media.schema);
    return;
  }
  const values = forms.map((form, index) => [`form ${index + 1}`, { value: exampleOf(form) }]);
  media.examples = Object.fromEntries(values);
}

function describeProblem(media: Media): void {
  const codes = (media.schema.properties?.code?.examples ?? []) as ProblemCode[];
  media.schema = {
    type: "object",
    allOf: [{ $ref: "#/components/schemas/Problem" }],
    properties: { code: { enum: codes } },
  } as Schema;
  const examples = codes.map((code) => [code, { $ref: `#/components/examples/${code}` }]);
  media.examples = Object.fromEntries(examples);
}

function problemExample(code: ProblemCode) {
  const { title, status } = problemRow(code);
  return { type: `urn:postern:problem:${code}`, title, status, code, instance: INSTANCE };
}

const mayBeNull = ({ anyOf }: Schema): boolean =>
  anyOf?.some(({ type }) => type === "null") ?? false;
