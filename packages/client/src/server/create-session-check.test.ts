import { randomUUID } from "node:crypto";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { forgeToken } from "@postern/auth/testing/forge-token";
import { listenWorld } from "@postern/auth/testing/listen-world";
import { decodeJwt } from "jose";
import { afterAll, expect, test } from "vitest";
import { ada, watchClient } from "../testing/watched-client.ts";
import { type AccessClaims, createSessionCheck, verifyAccessToken } from "./index.ts";
import { createKeptAnswers } from "./kept-answers.ts";

const world = await listenWorld();
afterAll(() => world[Symbol.asyncDispose]());

const issuer = world.url;

async function signUp(email: string) {
  const { client } = watchClient(world);
  const answer = await client.signUp({ ...ada, email });
  if (!("accessToken" in answer)) {
    throw new Error("This world signs up with a code.");
  }
  return { client, accessToken: answer.accessToken };
}

/** The same token, id and session, as it is `seconds` after its end. */
const endedFor = (accessToken: string, seconds: number) => {
  const exp = Math.floor(Date.now() / 1000) - seconds;
  return forgeToken(world, { payload: { ...decodeJwt(accessToken), iat: exp - 900, exp } });
};

const checked = (believeSeconds = 60) => {
  const isRevoked = createSessionCheck({ issuer, believeSeconds });
  return (token: string) => verifyAccessToken(token, { issuer, audience: issuer, isRevoked });
};

test.for([1, 2, 20])(
  "a token that ended %i s ago is refused alone: the session that lives goes on (R-81)",
  async (seconds) => {
    const { accessToken } = await signUp(`late-${seconds}@example.com`);
    const late = await endedFor(accessToken, seconds);
    const first = checked();
    await expect(first(late)).rejects.toMatchObject({ code: "invalid_token", status: 401 });
    await expect(first(accessToken)).resolves.toHaveProperty("sid");
    const second = checked();
    await second(accessToken);
    await expect(second(late)).rejects.toMatchObject({ code: "invalid_token", status: 401 });
    await expect(second(accessToken)).resolves.toHaveProperty("sid");
  },
);

test("that a session has ended is known of all its tokens, and of no other session", async () => {
  const { client, accessToken } = await signUp("eve@example.com");
  const other = await signUp("bob@example.com");
  const sibling = await forgeToken(world, {
    payload: { ...decodeJwt(accessToken), jti: randomUUID() },
  });
  const check = checked();
  await client.signOut();
  for (const token of [accessToken, sibling]) {
    await expect(check(token)).rejects.toMatchObject({ code: "session_ended", status: 401 });
  }
  await expect(check(other.accessToken)).resolves.toHaveProperty("sid");
});

type Reply = { status: number; code?: string; waitFor?: Promise<unknown> };

/** An auth service that answers as it is told, and counts. */
async function openService(replies: Record<string, Reply>) {
  let asked = 0;
  const server = createServer(async (request, response) => {
    asked += 1;
    const token = request.headers.authorization?.slice("Bearer ".length) ?? "";
    const { status, code, waitFor } = replies[token]!;
    await waitFor;
    response.statusCode = status;
    if (code) {
      response.setHeader("content-type", "application/problem+json");
    }
    response.end(JSON.stringify(code ? { title: "No.", code } : {}));
  });
  await new Promise<void>((resolve) => void server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    issuer: `http://127.0.0.1:${port}`,
    asked: () => asked,
    [Symbol.asyncDispose]: async () => void server.close(),
  };
}

const claimsOf = (sid: string) =>
  ({ sid, exp: Math.floor(Date.now() / 1000) + 900 }) as AccessClaims;

test("an ended session never lives again here, whatever is answered afterwards or arrives late", async () => {
  const lateAnswer = Promise.withResolvers<void>();
  const replies: Record<string, Reply> = {
    "a.b.slow": { status: 200, waitFor: lateAnswer.promise },
    "a.b.end": { status: 401, code: "session_ended" },
    "a.b.new": { status: 200 },
  };
  await using service = await openService(replies);
  const isRevoked = createSessionCheck({ issuer: service.issuer, believeSeconds: 0 });
  const claims = claimsOf(randomUUID());
  const slow = isRevoked(claims, "a.b.slow");
  expect(await isRevoked(claims, "a.b.end")).toBe(true);
  lateAnswer.resolve();
  expect(await slow).toBe(true);
  replies["a.b.end"] = { status: 200 };
  for (const token of ["a.b.end", "a.b.slow", "a.b.new"]) {
    expect(await isRevoked(claims, token)).toBe(true);
  }
  expect(await isRevoked(claimsOf(randomUUID()), "a.b.new")).toBe(false);
});

test("a token that the service does not take is asked about once, and its session is not judged", async () => {
  await using service = await openService({
    "a.b.late": { status: 401, code: "invalid_token" },
    "a.b.good": { status: 200 },
  });
  const isRevoked = createSessionCheck({ issuer: service.issuer });
  const claims = claimsOf(randomUUID());
  for (const _ of [1, 2, 3]) {
    await expect(isRevoked(claims, "a.b.late")).rejects.toMatchObject({ code: "invalid_token" });
    expect(await isRevoked(claims, "a.b.good")).toBe(false);
  }
  expect(service.asked()).toBe(2);
});

test.for<[string, Reply]>([
  ["a proxy's own 401", { status: 401 }],
  ["a 401 about something else", { status: 401, code: "invalid_credentials" }],
  ["a proxy's 403", { status: 403 }],
  ["a code with another status", { status: 400, code: "session_ended" }],
  ["too many requests", { status: 429, code: "too_many_requests" }],
])("%s says nothing of a session: 503, and the next answer counts", async ([, reply]) => {
  const replies: Record<string, Reply> = { "a.b.c": reply };
  await using service = await openService(replies);
  const isRevoked = createSessionCheck({ issuer: service.issuer });
  const claims = claimsOf(randomUUID());
  await expect(isRevoked(claims, "a.b.c")).rejects.toMatchObject({ status: 503 });
  replies["a.b.c"] = { status: 200 };
  expect(await isRevoked(claims, "a.b.c")).toBe(false);
});

test("answers are kept in bounds: 10,000 at once, the one kept longest ago goes", () => {
  const answers = createKeptAnswers<number>();
  const until = Date.now() + 60_000;
  for (let index = 0; index <= 10_000; index += 1) {
    answers.keep(`token ${index}`, index, until);
  }
  expect(answers.get("token 0")).toBeUndefined();
  expect(answers.get("token 1")).toBe(1);
  expect(answers.get("token 10000")).toBe(10_000);
  answers.keep("token 1", 1, Date.now() - 1);
  expect(answers.get("token 1")).toBeUndefined();
});
