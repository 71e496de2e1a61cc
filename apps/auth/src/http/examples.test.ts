import { Ajv, type ValidateFunction } from "ajv";
import addFormats from "ajv-formats";
import { afterAll, expect, test } from "vitest";
import { forgeToken } from "../testing/forge-token.ts";
import { openWorld } from "../testing/world.ts";

const world = await openWorld();
afterAll(() => world[Symbol.asyncDispose]());

type Media = {
  schema: object;
  example?: unknown;
  examples?: Record<string, { value?: unknown; $ref?: string }>;
};
type Operation = {
  operationId?: string;
  tags?: string[];
  security?: object[];
  parameters?: { name: string; in: string; schema: object; example?: unknown }[];
  requestBody?: { content: Record<string, Media> };
  responses: Record<string, { content?: Record<string, Media> }>;
};
type Call = Operation & { line: string; method: string; path: string };

const document = (await world.app.inject("/openapi.json")).json();
const calls: Call[] = Object.entries<Record<string, Operation>>(document.paths).flatMap(
  ([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({
      ...operation,
      line: `${method.toUpperCase()} ${path}`,
      method,
      path,
    })),
);

const ajv = new Ajv({ strict: false, coerceTypes: false });
addFormats.default(ajv);
ajv.addSchema({ $id: "document", components: document.components });

const validators = new Map<string, ValidateFunction>();

/** Whether a value is what a schema of the document asks for. */
function accepts(schema: object, value: unknown): boolean {
  const text = JSON.stringify(schema).replaceAll('"#/components', '"document#/components');
  const validate = validators.get(text) ?? ajv.compile(JSON.parse(text));
  validators.set(text, validate);
  return validate(value) === true;
}

const examplesOf = ({ example, examples = {} }: Media): unknown[] =>
  example === undefined
    ? Object.values(examples).map(
        ({ value, $ref = "" }) =>
          value ?? document.components.examples[$ref.split("/").at(-1) ?? ""].value,
      )
    : [example];

test("every call has an operationId of its own that a program can be named after, tags, and says who may call", () => {
  const ids = calls.map(({ operationId }) => operationId);
  expect(new Set(ids).size).toBe(calls.length);
  for (const { line, operationId, tags, security = [], responses } of calls) {
    expect(operationId, line).toMatch(/^[a-z][a-zA-Z0-9]+$/);
    expect(tags, line).toHaveLength(1);
    const needsToken = JSON.stringify(responses["401"] ?? "").includes("`invalid_token`");
    const isSecondStep = operationId === "verifySecondFactor";
    expect(security.length > 0 || isSecondStep, line).toBe(needsToken || isSecondStep);
  }
});

test("every body, parameter and answer has examples, and its own schema accepts them", () => {
  for (const { line, parameters = [], requestBody, responses } of calls) {
    for (const { name, schema, example } of parameters) {
      expect(accepts(schema, example), `${line} ${name}`).toBe(true);
    }
    const answers = Object.values(responses).flatMap(({ content = {} }) => Object.values(content));
    for (const media of [...Object.values(requestBody?.content ?? {}), ...answers]) {
      const examples = examplesOf(media);
      expect(examples.length, line).toBeGreaterThan(0);
      for (const example of examples) {
        expect(accepts(media.schema, example), `${line} ${JSON.stringify(example)}`).toBe(true);
      }
    }
  }
});

test("no example says just that a text stands there: http/example-of.ts names what does", () => {
  const nameless = calls.filter((call) => JSON.stringify(call).includes(':"text"'));
  expect(nameless.map(({ line }) => line)).toEqual([]);
});

test("the service takes every example body as it stands: none is answered 400, 413, 415 or 500", async () => {
  for (const { line, method, path, parameters = [], requestBody } of calls) {
    const values = Object.fromEntries(parameters.map(({ name, example }) => [name, example]));
    const url = path.replace(/\{(\w+)\}/g, (_, name: string) => String(values[name]));
    const authorization = `Bearer ${await forgeToken(world)}`;
    for (const payload of examplesOf(requestBody?.content["application/json"] ?? { schema: {} })) {
      const answer = await world.app.inject({
        method: method as "POST",
        url,
        headers: { authorization },
        payload: payload as object,
      });
      expect([400, 413, 415, 500], `${line} ${answer.body}`).not.toContain(answer.statusCode);
    }
  }
});

test("every refusal that a call lists is shown by its code", () => {
  for (const { line, responses } of calls) {
    for (const { content } of Object.values(responses)) {
      const problem = content?.["application/problem+json"];
      const codes = Object.keys(problem?.examples ?? {});
      expect(problem === undefined || codes.length > 0, line).toBe(true);
    }
  }
});
