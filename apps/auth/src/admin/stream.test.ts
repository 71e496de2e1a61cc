import { setTimeout as sleep } from "node:timers/promises";
import { expect, test } from "vitest";
import { call, signUp } from "../testing/client.ts";
import { openWorld, type World } from "../testing/world.ts";
import { callAdmin, setRole, signUpAdmin } from "./testing/admins.ts";

/** A client of the stream, as a browser's fetch reads it. */
async function follow(url: string, token: string, headers: Record<string, string> = {}) {
  const leaving = new AbortController();
  const answer = await fetch(`${url}/api/admin/events/stream${headers.query ?? ""}`, {
    headers: { authorization: `Bearer ${token}`, ...headers },
    signal: leaving.signal,
  });
  let text = "";
  const ended = (async () => {
    for await (const chunk of answer.body!.pipeThrough(new TextDecoderStream())) {
      text += chunk;
    }
  })().catch(() => undefined);
  return {
    answer,
    ended,
    leave: () => leaving.abort(),
    events: () =>
      [...text.matchAll(/^data: (.+)$/gm)].map(([, data]) => JSON.parse(data!)) as {
        id: string;
        type: string;
        metadata: unknown;
      }[],
    text: () => text,
  };
}

async function until(holds: () => boolean, milliseconds = 5_000): Promise<number> {
  const startedAt = performance.now();
  while (!holds()) {
    if (performance.now() - startedAt > milliseconds) {
      throw new Error("It did not come about in time.");
    }
    await sleep(20);
  }
  return performance.now() - startedAt;
}

const listen = (world: World) => world.app.listen({ port: 0, host: "127.0.0.1" });

const note = ({ db, tables }: World, mark: string) =>
  db.insert(tables.securityEvents).values({ eventType: "otp_failed", metadata: { mark } });

test("new events arrive within two seconds, and a client goes on where it was", async () => {
  await using world = await openWorld();
  const { token } = await signUpAdmin(world);
  const url = await listen(world);
  const first = await follow(url, token);
  expect(first.answer.headers.get("content-type")).toBe("text/event-stream; charset=utf-8");
  expect(first.answer.headers.get("cache-control")).toBe("no-store");
  await until(() => first.text().includes(": alive"));
  expect(first.events()).toEqual([]);
  await note(world, "one\n\ndata: {}\n\n");
  expect(await until(() => first.events().length === 1)).toBeLessThan(2_500);
  first.leave();
  await note(world, "two");
  const [seen] = first.events();
  expect(seen).toMatchObject({ type: "otp_failed", metadata: { mark: "one\n\ndata: {}\n\n" } });
  const second = await follow(url, token, { "last-event-id": seen!.id });
  await until(() => second.events().length === 1);
  expect(second.events()).toMatchObject([{ metadata: { mark: "two" } }]);
  second.leave();
});

test("an event that commits late, under an id that is older, is not lost", async () => {
  await using world = await openWorld();
  const { token } = await signUpAdmin(world);
  const client = await follow(await listen(world), token);
  await until(() => client.text().includes(": alive"));
  await world.db.transaction(async (tx) => {
    await note({ ...world, db: tx as never }, "early, but slow");
    await note(world, "late, but quick");
    await until(() => client.events().length === 1);
  });
  await until(() => client.events().length === 2);
  expect(client.events()).toMatchObject([
    { metadata: { mark: "late, but quick" } },
    { metadata: { mark: "early, but slow" } },
  ]);
  await sleep(1_500);
  expect(client.events()).toHaveLength(2);
  client.leave();
});

test("it ends within seconds of the role, and of the session (R-38)", async () => {
  await using world = await openWorld();
  const one = await signUpAdmin(world);
  const other = await signUpAdmin(world, "second@example.com");
  const url = await listen(world);
  const demoted = await follow(url, one.token);
  const signedOut = await follow(url, other.token);
  await until(() => demoted.text() !== "" && signedOut.text() !== "");
  const startedAt = performance.now();
  await setRole(world, one.id, "user");
  await call(world, "POST /logout", { token: other.token });
  await Promise.all([demoted.ended, signedOut.ended]);
  expect(performance.now() - startedAt).toBeLessThan(3_000);
  await note(world, "not for them");
  expect(JSON.stringify([demoted.events(), signedOut.events()])).not.toContain("not for them");
});

test("there is room for twenty, and a place is free again when its client left", async () => {
  await using world = await openWorld();
  const { token } = await signUpAdmin(world);
  const url = await listen(world);
  const clients = await Promise.all(Array.from({ length: 20 }, () => follow(url, token)));
  const refused = await callAdmin(world, "GET /events/stream", { token });
  expect(refused).toMatchObject({ status: 429, body: { code: "too_many_requests" } });
  clients[0]!.leave();
  await sleep(1_500);
  const again = await follow(url, token);
  expect(again.answer.status).toBe(200);
  for (const client of [...clients, again]) {
    client.leave();
  }
});

test("a service that stops ends its streams at once, and only what is severe enough is sent", async () => {
  const world = await openWorld();
  const { token } = await signUpAdmin(world);
  const client = await follow(await listen(world), token, { query: "?minSeverity=high" });
  await until(() => client.text() !== "");
  await signUp(world, "eve@example.com");
  const { securityEvents } = world.tables;
  await world.db.insert(securityEvents).values({ eventType: "decrypt_failed", severity: "high" });
  await until(() => client.events().length > 0);
  expect(client.events().map(({ type }) => type)).toEqual(["decrypt_failed"]);
  const startedAt = performance.now();
  await world[Symbol.asyncDispose]();
  await client.ended;
  expect(performance.now() - startedAt).toBeLessThan(3_000);
});
