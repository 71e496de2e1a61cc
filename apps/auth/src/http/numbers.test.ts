import { afterAll, expect, test } from "vitest";
import { signUpAdmin } from "../admin/testing/admins.ts";
import { openWorld } from "../testing/world.ts";

const world = await openWorld();
afterAll(() => world[Symbol.asyncDispose]());
const { token } = await signUpAdmin(world);
const authorization = `Bearer ${token}`;

type Parameter = { name: string; in: string; schema: { type?: string }; example?: unknown };
type Media = { schema: { $ref?: string; properties?: Record<string, { type?: string }> } };
type Operation = {
  parameters?: Parameter[];
  requestBody?: { content: Record<string, Media & { example?: object }> };
};

const document = (await world.app.inject("/openapi.json")).json();
const operations = Object.entries<Record<string, Operation>>(document.paths).flatMap(
  ([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ ...operation, method, path })),
);

const isNumber = ({ type = "" }: { type?: string }) => ["integer", "number"].includes(type);

/** Every number that a query string or a path of the whole API holds. */
const inText = operations.flatMap(({ method, path, parameters = [] }) =>
  parameters.filter(({ schema }) => isNumber(schema)).map(({ name }) => ({ method, path, name })),
);

const inBodies = operations.flatMap(({ method, path, requestBody }) => {
  const { schema, example } = requestBody?.content["application/json"] ?? { schema: {} };
  return Object.entries(schema.properties ?? {})
    .filter(([, field]) => isNumber(field))
    .map(([name]) => ({ method, path, name, example }));
});

/** Infinity, no number, no integer, not exact, and what only a lenient reader takes for a number. */
const BAD = [
  "1e999",
  "-1e999",
  "NaN",
  "Infinity",
  "-0",
  "1.5",
  "9007199254740993",
  "9".repeat(400),
];
const BAD_TEXT = [...BAD, "", " 5", "5 ", "+5", "0x10", "1e1", "005", "5.0", "0", "-1"];

test.for(inText)(
  "$method $path takes `$name` as a finite integer within bounds alone (R-90)",
  async ({ method, path, name }) => {
    const ask = (text: string, more = "") =>
      world.app.inject({
        method: method as "GET",
        url: `${path}?${name}=${encodeURIComponent(text)}${more}`,
        headers: { authorization },
      });
    expect((await ask("5")).statusCode).toBe(200);
    expect((await ask("5", `&${name}=6`)).statusCode).toBe(400);
    for (const text of BAD_TEXT) {
      const answer = await ask(text);
      expect(answer.statusCode, `${text} ${answer.body}`).toBe(400);
      expect(answer.json()).toMatchObject({
        code: "invalid_request",
        errors: [{ pointer: `/${name}` }],
      });
    }
  },
);

test.for(inBodies)(
  "$method $path takes `$name` in its body as a finite integer within bounds alone (R-90)",
  async ({ method, path, name, example }) => {
    for (const text of [...BAD, '"5"', "null", "0", "-1", "1e30"]) {
      const marked = JSON.stringify({ ...example, [name]: "THE NUMBER" });
      const answer = await world.app.inject({
        method: method as "POST",
        url: path,
        headers: { authorization, "content-type": "application/json" },
        payload: marked.replace('"THE NUMBER"', text),
      });
      expect(answer.statusCode, `${text} ${answer.body}`).toBe(400);
    }
  },
);

test("the document has such numbers", () => {
  expect(inText.map(({ path, name }) => `${path} ${name}`).sort()).toEqual([
    "/api/admin/detections hours",
    "/api/admin/detections limit",
    "/api/admin/events limit",
    "/api/admin/overview hours",
    "/api/admin/users limit",
    "/api/auth/events limit",
  ]);
  expect(inBodies.map(({ name }) => name).sort()).toEqual(["expiresInDays", "rateLimitPerMinute"]);
});
