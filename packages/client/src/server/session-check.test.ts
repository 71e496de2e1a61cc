import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { expect, test } from "vitest";
import { type AccessClaims, createSessionCheck } from "./index.ts";

const claims: AccessClaims = {
  sub: "ada",
  sid: "01a1ffc0-653f-7585-9546-56982ffac775",
  jti: "one",
  iat: 1_800_000_000,
  exp: 1_800_000_900,
  authTime: 1_800_000_000,
  amr: ["pwd"],
  acr: "aal1",
};

/** An auth service that gives each answer once, the last one again and again. */
async function serve(answers: readonly { status: number; code?: string }[]) {
  let asked = 0;
  const server = createServer((_request, response) => {
    const { status, code } = answers[Math.min(asked, answers.length - 1)]!;
    asked += 1;
    response.writeHead(status, { "content-type": "application/problem+json" });
    response.end(JSON.stringify({ status, code, title: "An answer.", sid: claims.sid }));
  });
  await new Promise<void>((resolve) => void server.listen(0, "127.0.0.1", resolve));
  const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return { issuer, asked: () => asked, [Symbol.asyncDispose]: async () => void server.close() };
}

const ENDED = { status: 401, code: "session_ended" };
const ALIVE = { status: 200 };

test("a session that was judged ended does not live again, whatever the service says later (R-38)", async () => {
  await using service = await serve([ENDED, ALIVE]);
  const hasEnded = createSessionCheck({ issuer: service.issuer, believeSeconds: 0 });
  for (let turn = 0; turn < 3; turn += 1) expect(await hasEnded(claims, "token")).toBe(true);
});

test("a session that lives is asked for again when its answer is no longer believed (R-38)", async () => {
  await using service = await serve([ALIVE, ENDED]);
  const hasEnded = createSessionCheck({ issuer: service.issuer, believeSeconds: 0 });
  expect(await hasEnded(claims, "token")).toBe(false);
  expect(await hasEnded(claims, "token")).toBe(true);
  expect(service.asked()).toBe(2);
});

test("an answer that lives is believed for its seconds, of its own session alone", async () => {
  await using service = await serve([ALIVE, ALIVE, ENDED]);
  const hasEnded = createSessionCheck({ issuer: service.issuer, believeSeconds: 60 });
  for (let turn = 0; turn < 3; turn += 1) expect(await hasEnded(claims, "token")).toBe(false);
  expect(service.asked()).toBe(1);
  const other = { ...claims, sid: "other", jti: "other" };
  expect(await hasEnded(other, "other token")).toBe(false);
  expect(service.asked()).toBe(2);
});

test.for([{ status: 503 }, { status: 500 }, { status: 404 }, { status: 302 }])(
  "while the service answers $status nobody is let in",
  async (answer) => {
    await using service = await serve([answer]);
    const hasEnded = createSessionCheck({ issuer: service.issuer });
    await expect(hasEnded(claims, "token")).rejects.toMatchObject({
      code: "service_unavailable",
      status: 503,
    });
  },
);
