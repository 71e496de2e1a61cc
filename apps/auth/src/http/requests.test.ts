import type { FastifyRequest, InjectOptions } from "fastify";
import { Type } from "typebox";
import { afterAll, beforeEach, expect, test } from "vitest";
import { openWorld } from "../testing/world.ts";
import { describeAnswersToBody } from "./describe-answers.ts";
import { sendRaw } from "./testing/send-raw.ts";

const Body = Type.Object(
  { code: Type.String({ pattern: "^\\d{6}$" }), name: Type.Optional(Type.String()) },
  { additionalProperties: false },
);
const Query = Type.Object(
  { limit: Type.Integer({ default: 10 }) },
  { additionalProperties: false },
);
const Anything = Type.Object({ seen: Type.Unknown() });

// One world for the whole file: no test here changes it.
const world = await openWorld();
afterAll(() => world[Symbol.asyncDispose]());
beforeEach(() => {
  seen.length = 0;
});

/** What reached a handler. */
const seen: FastifyRequest[] = [];
const note = async (request: FastifyRequest) => {
  seen.push(request);
  return { seen: request.body ?? request.query };
};
const response = describeAnswersToBody({ 200: Anything });
world.app.post("/echo", { schema: { body: Body, response } }, note);
world.app.get("/echo", { schema: { querystring: Query, response } }, note);
world.app.post("/anything", note);
world.app.get("/things/:id", note);
world.app.patch("/things/:id", note);
const url = await world.app.listen({ port: 0, host: "127.0.0.1" });

const post = (payload: unknown, headers: Record<string, string> = {}) =>
  world.app.inject({
    method: "POST",
    url: "/echo",
    headers: { "content-type": "application/json", ...headers },
    payload: typeof payload === "string" ? payload : JSON.stringify(payload),
  } satisfies InjectOptions);

const right = { code: "123456" };

test.for([
  { name: "an array of the right string", body: { code: ["123456"] } },
  { name: "a number", body: { code: 123456 } },
  { name: "an operator", body: { code: { $ne: 1 } } },
  { name: "null", body: { code: null } },
  { name: "true", body: { code: true } },
  { name: "an object with a length", body: { code: { length: 1e9 } } },
  { name: "nothing", body: {} },
  { name: "an unknown field", body: { ...right, role: "admin" } },
  { name: "no object", body: [] },
  { name: "U+0000 in a string", body: { ...right, name: "a\u0000b" } },
  { name: "half a surrogate pair", body: '{"code":"123456","name":"\\ud800"}' },
  { name: "__proto__", body: '{"code":"123456","__proto__":{"admin":true}}' },
  { name: "constructor.prototype", body: '{"code":"123456","constructor":{"prototype":{"a":1}}}' },
  { name: "broken JSON", body: '{"code":"123456"' },
  { name: "bytes that are no UTF-8", body: Buffer.from([0x22, 0xff, 0x22]).toString("latin1") },
])("a body with $name is refused and reaches no handler (A-24, A-25, A-27)", async ({ body }) => {
  const answer = await post(body);
  expect(answer.statusCode).toBe(400);
  expect(answer.headers["content-type"]).toMatch(/^application\/problem\+json/);
  expect(answer.json()).toMatchObject({ status: 400, code: "invalid_request" });
  expect(answer.body).not.toMatch(/admin|role|123456|stack|\$ne/);
  expect(seen).toEqual([]);
  expect(Object.prototype).not.toHaveProperty("admin");
});

test("bytes that are no UTF-8 are refused", async () => {
  const payload = Buffer.concat([Buffer.from('{"code":"'), Buffer.from([0xff]), Buffer.from('"}')]);
  const headers = { "content-type": "application/json" };
  const answer = await world.app.inject({ method: "POST", url: "/anything", headers, payload });
  expect(answer.statusCode).toBe(400);
  expect(answer.json().detail).toBe("The body is not UTF-8.");
});

test("a refusal names the fields by pointer", async () => {
  const missing = await post({});
  expect(missing.json().errors).toEqual([{ pointer: "/code", message: "is missing" }]);
  const wrong = await post({ code: "12345x" });
  expect(wrong.json().errors[0].pointer).toBe("/code");
  expect(wrong.body).not.toContain("12345x");
});

test("a body nested as deep as it is long is answered, not thrown about", async () => {
  const headers = { "content-type": "application/json" };
  const payload = "[".repeat(8_000) + "]".repeat(8_000);
  const answer = await world.app.inject({ method: "POST", url: "/anything", headers, payload });
  expect([200, 400]).toContain(answer.statusCode);
  expect(seen.length).toBeLessThanOrEqual(1);
});

test.for([
  "text/plain",
  "application/json;",
  "application/json\t;",
  "application/json\ta",
  "application/json; charset=utf-16",
  "application/jsonp",
  "application/x-www-form-urlencoded",
  "multipart/form-data; boundary=x",
  "json",
  "garbage",
])("a body of type %j is 415 and reaches no handler (A-26)", async (type) => {
  const answer = await post(right, { "content-type": type });
  expect(answer.statusCode).toBe(415);
  expect(answer.json().code).toBe("unsupported_media_type");
  expect(seen).toEqual([]);
});

test.for(["application/json", "APPLICATION/JSON", "application/json; charset=utf-8"])(
  "a body of type %j is read and validated (A-26)",
  async (type) => {
    const headers = { "content-type": type };
    expect((await post(right, headers)).statusCode).toBe(200);
    expect((await post({ ...right, role: 1 }, headers)).statusCode).toBe(400);
  },
);

test("a body without a type is 415", async () => {
  const answer = await sendRaw(url, [
    "POST /echo HTTP/1.1",
    "Host: a",
    "Content-Length: 17",
    "Connection: close",
    "",
    '{"code":"123456"}',
  ]);
  expect(answer).toMatch(/^HTTP\/1\.1 415 /);
  expect(seen).toEqual([]);
});

test("a body of a megabyte is 413, also where it hides its length", async () => {
  const large = JSON.stringify({ code: "x".repeat(1_000_000) });
  const answer = await post(large);
  expect(answer.statusCode).toBe(413);
  expect(answer.json().code).toBe("payload_too_large");

  const chunked = await fetch(`${url}/echo`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: new Blob([large]).stream(),
    duplex: "half",
  } as RequestInit);
  expect(chunked.status).toBe(413);
});

test.for(["Host: b", "Content-Type: text/plain", "Authorization: Bearer other"])(
  "a second header %j is 400 (R-63)",
  async (second) => {
    const answer = await sendRaw(url, [
      "POST /echo HTTP/1.1",
      "Host: a",
      "Content-Type: application/json",
      "Authorization: Bearer one",
      second,
      "Content-Length: 17",
      "Connection: close",
      "",
      '{"code":"123456"}',
    ]);
    expect(answer).toMatch(/^HTTP\/1\.1 400 /);
    expect(answer).toContain("application/problem+json");
    expect(seen).toEqual([]);
  },
);

test("bytes that are no HTTP get a problem document", async () => {
  expect(await sendRaw(url, ["NONSENSE", ""])).toContain('"code":"invalid_request"');
  const long = await sendRaw(url, [
    "GET / HTTP/1.1",
    "Host: a",
    `X: ${"x".repeat(40_000)}`,
    "",
    "",
  ]);
  expect(long).toContain('"code":"request_header_too_large"');
});

test("a query string is read as numbers, and refused where it is none or unknown", async () => {
  const ask = (query: string) => world.app.inject({ method: "GET", url: `/echo?${query}` });
  expect((await ask("limit=5")).json()).toEqual({ seen: { limit: 5 } });
  expect((await ask("")).json()).toEqual({ seen: { limit: 10 } });
  for (const query of [
    "limit=x",
    "limit=5&other=1",
    "__proto__[a]=1",
    "constructor.prototype.a=1",
  ]) {
    expect((await ask(query)).statusCode).toBe(400);
  }
});

test.for([
  { path: "//things//1", status: 404 },
  { path: "/things/1;x", status: 200 },
  { path: "/%74hings/1", status: 200 },
  { path: "/THINGS/1", status: 404 },
  { path: "/things/1/", status: 404 },
  { path: "/things/%00", status: 400 },
  { path: "/things/%zz", status: 400 },
  { path: "/things./1", status: 404 },
])("the path $path answers $status (A-28)", async ({ path, status }) => {
  const answer = await world.app.inject({ method: "GET", url: path });
  expect(answer.statusCode).toBe(status);
});

test("an unknown method of a known address is 405 with Allow, an unknown address 404", async () => {
  const wrong = await world.app.inject({ method: "DELETE", url: "/things/1?x=1" });
  expect(wrong.statusCode).toBe(405);
  expect(wrong.headers.allow).toBe("GET, HEAD, PATCH");
  expect(wrong.json().code).toBe("method_not_allowed");
  const missing = await world.app.inject({ method: "GET", url: "/none" });
  expect(missing.statusCode).toBe(404);
  expect(missing.json()).toMatchObject({
    code: "not_found",
    type: "urn:postern:problem:not_found",
  });
});
