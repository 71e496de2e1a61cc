import type { AddressInfo, Server } from "node:net";
import { serve } from "@hono/node-server";
import { expireToken, forgeToken } from "@postern/auth/testing/forge-token";
import { listenWorld } from "@postern/auth/testing/listen-world";
import { createClient } from "@postern/client";
import type { VerifyOptions } from "@postern/client/server";
import { afterAll, describe, expect, test } from "vitest";
import { buildExpress } from "./express.ts";
import { buildFastify } from "./fastify.ts";
import { buildHono } from "./hono.ts";

const world = await listenWorld();
afterAll(() => world[Symbol.asyncDispose]());

const options: VerifyOptions = { issuer: world.url, audience: world.url };

type Started = { url: string; stop: () => unknown };

const urlOf = (server: Pick<Server, "address">) =>
  `http://127.0.0.1:${(server.address() as AddressInfo).port}`;

const frameworks: [string, (options: VerifyOptions) => Promise<Started>][] = [
  [
    "Fastify",
    async (it) => {
      const app = buildFastify(it);
      return { url: await app.listen({ host: "127.0.0.1", port: 0 }), stop: () => app.close() };
    },
  ],
  [
    "Express",
    (it) =>
      new Promise((resolve) => {
        const server = buildExpress(it).listen(0, "127.0.0.1", () =>
          resolve({ url: urlOf(server), stop: () => server.close() }),
        );
      }),
  ],
  [
    "Hono",
    (it) =>
      new Promise((resolve) => {
        const { fetch } = buildHono(it);
        const server = serve({ fetch, hostname: "127.0.0.1", port: 0 }, () =>
          resolve({ url: urlOf(server as Server), stop: () => server.close() }),
        );
      }),
  ],
];

describe.for(frameworks)("%s", ([name, start]) => {
  const signUp = (resource: string) => {
    const client = createClient({ baseUrl: world.url, resourceOrigins: [resource] });
    const email = `${name.toLowerCase()}@example.com`;
    const account = { email, password: "correct horse battery staple", name: "Ada" };
    return client.signUp(account).then((answer) => ({ client, answer }));
  };

  test("answers who is signed in, by the token that the client sends", async ({
    onTestFinished,
  }) => {
    const { url, stop } = await start(options);
    onTestFinished(() => void stop());
    const { client, answer } = await signUp(url);
    const orders = await client.fetch(`${url}/orders`);
    expect(await orders.json()).toEqual({ userId: "user" in answer && answer.user.id, orders: [] });
  });

  test("refuses no token, a forged one, one for another server and an expired one (A-19)", async ({
    onTestFinished,
  }) => {
    const { url, stop } = await start(options);
    onTestFinished(() => void stop());
    const honest = await forgeToken(world);
    const tokens = [
      null,
      "x",
      `${honest.slice(0, -3)}AAA`,
      await forgeToken(world, { payload: { aud: "https://other.example.com" } }),
      await expireToken(world, honest),
    ];
    for (const token of tokens) {
      const answer = await fetch(`${url}/orders`, {
        headers: token === null ? {} : { authorization: `Bearer ${token}` },
      });
      expect(answer.status).toBe(401);
      expect(answer.headers.get("content-type")).toMatch(/^application\/problem\+json/);
      expect(answer.headers.get("www-authenticate")).toContain("invalid_token");
      expect(await answer.json()).toMatchObject({ code: "invalid_token", status: 401 });
    }
  });

  test("answers 503 with Retry-After where the keys cannot be had", async ({ onTestFinished }) => {
    const { url, stop } = await start({ ...options, jwksUrl: "http://127.0.0.1:1/" });
    onTestFinished(() => void stop());
    const authorization = `Bearer ${await forgeToken(world)}`;
    const answer = await fetch(`${url}/orders`, { headers: { authorization } });
    expect(answer.status).toBe(503);
    expect(answer.headers.get("retry-after")).toBe("1");
  });
});
