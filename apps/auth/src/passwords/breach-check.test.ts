import { hash } from "node:crypto";
import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { expect, test } from "vitest";
import { call } from "../testing/client.ts";
import { openWorld } from "../testing/world.ts";

const breached = "known from a breach";
const digest = hash("sha1", breached, "hex").toUpperCase();

/** Answers as api.pwnedpasswords.com does: a line for each suffix, padding counted 0. */
const answerRange = (count: number) => (_: IncomingMessage, response: ServerResponse) => {
  const lines = ["0".repeat(35), digest.slice(5), "F".repeat(35)].map(
    (suffix) => `${suffix}:${suffix === digest.slice(5) ? count : 0}`,
  );
  response.writeHead(200, { "content-type": "text/plain" }).end(lines.join("\r\n"));
};

async function openFake(answer: (request: IncomingMessage, response: ServerResponse) => void) {
  const asked: IncomingMessage[] = [];
  const server = createServer((request, response) => {
    asked.push(request);
    answer(request, response);
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  const stack = new AsyncDisposableStack();
  stack.defer(() => {
    server.closeAllConnections();
    server.close();
  });
  const PASSWORD_BREACH_CHECK_URL = `http://127.0.0.1:${port}/range/`;
  const world = stack.use(await openWorld({ environment: { PASSWORD_BREACH_CHECK_URL } }));
  const signUp = (password: string) =>
    call(world, "POST /signup", { body: { email: "ada@example.com", password, name: "Ada" } });
  const { breachCheck } = world;
  return { asked, signUp, breachCheck, [Symbol.asyncDispose]: () => stack.disposeAsync() };
}

test("a breached password is refused, and five digits of its SHA-1 are all that leaves us (R-04)", async () => {
  await using fake = await openFake(answerRange(3));
  const refused = await fake.signUp(breached);
  expect(refused.body.errors).toEqual([{ pointer: "/password", message: "is_breached" }]);
  expect(fake.asked.map(({ url }) => url)).toEqual([`/range/${digest.slice(0, 5)}`]);
  expect(fake.asked[0]?.headers["add-padding"]).toBe("true");
  expect(JSON.stringify(fake.asked[0]?.headers)).not.toContain(digest.slice(5, 12));
});

test("what stands in the answer for padding, or is not there, is no breach", async () => {
  await using padded = await openFake(answerRange(0));
  expect((await padded.signUp(breached)).status).toBe(201);
  await using other = await openFake(answerRange(3));
  expect((await other.signUp("not known from any breach")).status).toBe(201);
});

test("nobody is asked about a password that is refused already", async () => {
  await using fake = await openFake(answerRange(3));
  expect((await fake.signUp("short")).status).toBe(422);
  expect(fake.asked).toEqual([]);
  expect(fake.breachCheck.failures()).toBe(0);
});

test.for([
  {
    name: "answers 503",
    answer: (_: unknown, response: ServerResponse) => response.writeHead(503).end(),
  },
  { name: "says nothing", answer: () => undefined },
  { name: "hangs up", answer: (_: unknown, response: ServerResponse) => response.destroy() },
  {
    name: "leads elsewhere",
    answer: (_: unknown, response: ServerResponse) =>
      response.writeHead(302, { location: "http://127.0.0.1:1/" }).end(),
  },
])(
  "a service that $name keeps nobody from a password for longer than a second, and is counted",
  async ({ answer }) => {
    await using fake = await openFake((request, response) => void answer(request, response));
    const started = performance.now();
    expect((await fake.signUp(breached)).status).toBe(201);
    expect(performance.now() - started).toBeLessThan(3_000);
    expect(fake.breachCheck.failures()).toBe(1);
  },
);
