import { CountersAwayError } from "@postern/counters";
import { HashingBusyError } from "@postern/crypto";
import { sql } from "drizzle-orm";
import { afterAll, expect, test } from "vitest";
import { Problem } from "../problem.ts";
import { openWorld } from "../testing/world.ts";

const app = "https://app.example.com";
const world = await openWorld({ environment: { CORS_ORIGINS: `${app},http://localhost:5173` } });
afterAll(() => world[Symbol.asyncDispose]());

const thrown = {
  bug: () => new TypeError("secret of /srv/app at line 1"),
  locked: () => new Problem("account_locked", { retryAfterSeconds: 899.2 }),
  token: () => new Problem("invalid_token"),
  password: () => new Problem("invalid_credentials"),
  hashing: () => new HashingBusyError(),
  redis: () => new CountersAwayError(),
  text: () => "secret",
};
for (const [name, make] of Object.entries(thrown)) {
  world.app.get(`/${name}`, () => {
    throw make();
  });
}
world.app.get("/statement", () => world.db.execute(sql`select ${"secret"}::int from secret_table`));
world.app.get("/never", () => new Promise(() => undefined));
world.app.get("/slow", () => world.db.execute(sql`select pg_sleep(30)`));

const get = (path: string, headers: Record<string, string> = {}) =>
  world.app.inject({ method: "GET", url: path, headers });

test.for(["/bug", "/statement", "/text"])(
  "a fault of ours at %s is a bare 500: no message, stack, SQL, path or version",
  async (path) => {
    const answer = await get(path);
    expect(answer.statusCode).toBe(500);
    expect(answer.json()).toEqual({
      type: "urn:postern:problem:internal_error",
      title: "Something failed on our side.",
      status: 500,
      code: "internal_error",
      instance: `urn:uuid:${answer.headers["x-request-id"]}`,
    });
    expect(`${answer.body}${JSON.stringify(answer.headers)}`).not.toMatch(
      /secret|select|\/srv|fastify|node|postgres/i,
    );
  },
);

test.for([
  { path: "/locked", status: 429, code: "account_locked", header: ["retry-after", "900"] },
  {
    path: "/hashing",
    status: 503,
    code: "service_unavailable",
    header: ["retry-after", "1"],
  },
  { path: "/redis", status: 503, code: "service_unavailable", header: ["retry-after", "1"] },
  {
    path: "/token",
    status: 401,
    code: "invalid_token",
    header: ["www-authenticate", 'Bearer realm="postern", error="invalid_token"'],
  },
  {
    path: "/password",
    status: 401,
    code: "invalid_credentials",
    header: ["www-authenticate", 'Bearer realm="postern"'],
  },
] as const)("$path is $status $code with its header", async ({ path, status, code, header }) => {
  const answer = await get(path);
  expect(answer.statusCode).toBe(status);
  expect(answer.json()).toMatchObject({ status, code, type: `urn:postern:problem:${code}` });
  expect(String(answer.headers[header[0]])).toBe(header[1]);
});

test.for([
  { name: "a statement", path: "/slow" },
  { name: "a database that has gone silent", path: "/never" },
])("$name that does not answer is a 503 within four seconds (R-70)", async ({ path }) => {
  const startedAt = performance.now();
  const answer = await get(path);
  expect(answer.statusCode).toBe(503);
  expect(answer.headers["retry-after"]).toBe("1");
  expect(performance.now() - startedAt).toBeLessThan(4_000);
});

test("every answer, refusals included, carries the headers that keep a browser out (R-67)", async () => {
  for (const path of ["/health", "/none", "/bug"]) {
    const { headers } = await get(path);
    expect(headers).toMatchObject({
      "cache-control": "no-store",
      "content-security-policy":
        "default-src 'none';base-uri 'none';form-action 'none';frame-ancestors 'none'",
      "referrer-policy": "no-referrer",
      "strict-transport-security": "max-age=31536000; includeSubDomains",
      "x-content-type-options": "nosniff",
      "x-frame-options": "DENY",
    });
    expect(headers).not.toHaveProperty("server");
    expect(headers).not.toHaveProperty("x-powered-by");
  }
});

test("a request id is ours, whatever the client sends", async () => {
  const { headers } = await get("/health", { "x-request-id": "mine", "request-id": "mine" });
  expect(headers["x-request-id"]).toMatch(/^[0-9a-f-]{36}$/);
});

test.for([
  "null",
  "https://evil.example",
  `${app}.evil.example`,
  "https://app.example.com:444",
  "http://app.example.com",
  "HTTPS://APP.EXAMPLE.COM",
])("pages of the origin %j may read nothing (R-68)", async (origin) => {
  const { headers } = await get("/health", { origin });
  expect(headers).not.toHaveProperty("access-control-allow-origin");
  expect(headers.vary).toContain("Origin");
});

test("pages of an allowed origin may read answers, refusals included", async () => {
  for (const path of ["/health", "/none", "/bug"]) {
    const { headers } = await get(path, { origin: app });
    expect(headers["access-control-allow-origin"]).toBe(app);
    expect(headers["access-control-allow-credentials"]).toBe("true");
    expect(headers.vary).toContain("Origin");
  }
});

test("a preflight of an allowed origin is answered, one of another is not granted", async () => {
  const ask = (origin: string) =>
    world.app.inject({
      method: "OPTIONS",
      url: "/api/auth/login",
      headers: { origin, "access-control-request-method": "POST" },
    });
  const granted = await ask(app);
  expect(granted.statusCode).toBe(204);
  expect(granted.headers["access-control-allow-origin"]).toBe(app);
  expect((await ask("https://evil.example")).headers).not.toHaveProperty(
    "access-control-allow-origin",
  );
});

test("in maintenance everything but health is 503 with Retry-After", async () => {
  await using closed = await openWorld({ environment: { MAINTENANCE_MODE: "true" } });
  const ask = (url: string) => closed.app.inject({ method: "GET", url });
  for (const path of ["/api/auth/me", "/.well-known/jwks.json", "/none"]) {
    const answer = await ask(path);
    expect(answer.statusCode).toBe(503);
    expect(answer.headers["retry-after"]).toBe("60");
  }
  for (const path of ["/health", "/ready", "/version"]) {
    expect((await ask(path)).statusCode).toBe(200);
  }
});
