import { afterAll, expect, test } from "vitest";
import { openWorld } from "../testing/world.ts";

const world = await openWorld();
afterAll(() => world[Symbol.asyncDispose]());

const get = (url: string) => world.app.inject({ method: "GET", url });

type Operation = { summary?: string; responses: Record<string, { content?: object }> };

async function readOperations(): Promise<[string, Operation][]> {
  const { paths } = (await get("/openapi.json")).json() as {
    paths: Record<string, Record<string, Operation>>;
  };
  return Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(
      ([method, operation]) => [`${method} ${path}`, operation] as [string, Operation],
    ),
  );
}

test("the document is OpenAPI 3.1 under the public address and knows every call", async () => {
  const document = (await get("/openapi.json")).json();
  expect(document.openapi).toBe("3.1.0");
  expect(document.servers).toEqual([{ url: "http://127.0.0.1:3001" }]);
  expect((await readOperations()).map(([name]) => name)).toEqual(
    expect.arrayContaining([
      "get /.well-known/jwks.json",
      "get /health",
      "get /ready",
      "get /version",
      "post /api/auth/login",
      "post /api/auth/otp/send",
      "post /api/auth/refresh",
      "post /api/auth/signup",
    ]),
  );
});

test("every call has a summary, and a schema for every answer", async () => {
  for (const [name, { summary, responses }] of await readOperations()) {
    expect(summary, name).toBeTruthy();
    for (const [status, answer] of Object.entries(responses)) {
      expect(status, name).toMatch(/^[2-5]\d\d$/);
      const isEmpty = status === "204" || status === "302";
      expect(answer.content !== undefined || isEmpty, `${name} ${status}`).toBe(true);
    }
  }
});

test("every refusal of a call is a problem document with its codes", async () => {
  const operations = new Map(await readOperations());
  const { responses } = operations.get("post /api/auth/login")!;
  expect(Object.keys(responses)).toEqual(
    expect.arrayContaining(["400", "401", "413", "415", "429", "500", "503"]),
  );
  expect(responses["401"]).toMatchObject({
    description: expect.stringContaining("`invalid_credentials`"),
    content: { "application/problem+json": { schema: { type: "object" } } },
  });
});

test("the page comes whole from this server, under a policy that loads nothing else", async () => {
  const page = await get("/docs");
  expect(page.statusCode).toBe(200);
  expect(page.body).not.toMatch(/(src|href)="(https?:)?\/\//);
  expect(page.headers["content-security-policy"]).toMatch(/^default-src 'none'; script-src 'self'/);
  expect(page.headers["content-security-policy"]).not.toContain("unsafe");
  for (const [, path] of page.body.matchAll(/(?:src|href)="([^"]+)"/g)) {
    expect((await get(new URL(path!, "http://x/docs").pathname)).statusCode).toBe(200);
  }
});
