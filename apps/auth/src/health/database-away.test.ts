import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { findFreePort, pushSchema, startPostgres } from "@postern/devkit";
import { expect, test } from "vitest";
import { call, password, signUp } from "../testing/client.ts";
import { openWorld } from "../testing/world.ts";

const REVOCATIONS_STALE_MILLISECONDS = 2_100;

test("PostgreSQL stopped: 503 within 4 s on every path, and all is well again when it is back (R-70)", async () => {
  await using folder = makeFolder();
  const port = await findFreePort();
  const start = () => startPostgres({ dataFolder: folder.path, port });
  const first = await start();
  await pushSchema(first.url);
  await using world = await openWorld({ databaseUrl: first.url, hasDeadlines: true });
  const { accessToken, refreshToken } = await signUp(world);
  await first.stop();
  await sleep(REVOCATIONS_STALE_MILLISECONDS);

  const startedAt = performance.now();
  const answers = await Promise.all([
    call(world, "POST /login", { body: { email: "ada@example.com", password } }),
    call(world, "POST /refresh", { body: { refreshToken } }),
    call(world, "POST /signup", { body: { email: "eve@example.com", password, name: "Eve" } }),
    call(world, "GET /me", { token: accessToken }),
    // From the token alone, but who signed out meanwhile cannot be known (D8).
    call(world, "GET /session", { token: accessToken }),
  ]);
  expect(performance.now() - startedAt).toBeLessThan(4_000);
  for (const { status, headers, body } of answers) {
    expect(status).toBe(503);
    expect(Number(headers["retry-after"])).toBeGreaterThan(0);
    expect(body.code).toBe("service_unavailable");
  }
  const ready = await world.app.inject("/ready");
  expect(ready.statusCode).toBe(503);
  expect(ready.json().missing).toMatchObject({ database: true });

  await using _second = await start();
  while ((await call(world, "GET /session", { token: accessToken })).status !== 200) {
    await sleep(20);
  }
  expect((await call(world, "POST /refresh", { body: { refreshToken } })).status).toBe(200);
  const login = { body: { email: "ada@example.com", password } };
  expect((await call(world, "POST /login", login)).status).toBe(200);
});

function makeFolder() {
  const path = mkdtempSync(join(tmpdir(), "postern-away-"));
  return {
    path,
    [Symbol.asyncDispose]: async () => rmSync(path, { recursive: true, force: true }),
  };
}
