import { spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { createServer } from "node:net";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import { cloneDatabase, findFreePort, testRedisUrl, withServiceRole } from "@postern/devkit";
import postgres from "postgres";
import { expect, test } from "vitest";

const key = () => randomBytes(32).toString("hex");

async function describeProcess() {
  return {
    DATABASE_URL: "postgres://nobody@127.0.0.1:1/none",
    REDIS_URL: testRedisUrl(),
    PUBLIC_URL: "http://127.0.0.1:3001",
    SYSTEM_ENCRYPTION_KEY: key(),
    BLIND_INDEX_KEY: key(),
    AUTH_PORT: String(await findFreePort()),
    AUTH_METRICS_PORT: String(await findFreePort()),
  };
}

/** The service in a process of its own, with this environment and no other. */
function start(environment: Record<string, string>) {
  const child = spawn(process.execPath, [fileURLToPath(new URL("./main.ts", import.meta.url))], {
    env: environment,
    stdio: ["ignore", "pipe", "pipe"],
  });
  const exited = once(child, "exit").then(([code]) => code as number | null);
  const outputs = { out: text(child.stdout), err: text(child.stderr) };
  return {
    exited,
    outputs,
    signal: (name: NodeJS.Signals) => child.kill(name),
    async [Symbol.asyncDispose]() {
      child.kill("SIGKILL");
      await exited;
    },
  };
}

const statusOf = (url: string) =>
  fetch(url).then(
    (answer) => answer.status,
    () => 0,
  );

test("a bad environment ends with 78 and one line a fault, without values or a stack", async () => {
  const environment = {
    ...(await describeProcess()),
    BLIND_INDEX_KEY: "hidden",
    LOG_LEVEL: "hidden",
  };
  await using service = start({ ...environment, DATABASE_URL: "" });
  expect(await service.exited).toBe(78);
  const lines = (await service.outputs.err).trim().split("\n");
  expect(lines.map((line) => line.split(" ").slice(0, 2).join(" "))).toEqual([
    "auth: DATABASE_URL",
    "auth: LOG_LEVEL",
    "auth: BLIND_INDEX_KEY",
  ]);
  expect(lines.join()).not.toMatch(/hidden|\.ts:/);
});

test.for([
  { module: "nowhere.ts", says: "Cannot find module" },
  { module: "problem.ts", says: "It exports none of our tables." },
])("a POSTERN_BINDING of $module ends with 78 and one line that says why (D16)", async (bad) => {
  const path = fileURLToPath(new URL(bad.module, import.meta.url));
  await using service = start({ ...(await describeProcess()), POSTERN_BINDING: path });
  expect(await service.exited).toBe(78);
  const said = await service.outputs.err;
  expect(said.trim().split("\n")).toHaveLength(1);
  expect(said).toContain(`auth: POSTERN_BINDING cannot be used. ${bad.says}`);
});

test("a port that is taken ends with 1 and one line that says so", async () => {
  const environment = await describeProcess();
  const taken = createServer().listen(Number(environment.AUTH_PORT), "127.0.0.1");
  await once(taken, "listening");
  await using service = start(environment);
  expect(await service.exited).toBe(1);
  expect(await service.outputs.err).toBe(
    `auth: cannot start: port ${environment.AUTH_PORT} is taken; stop the process that has it or choose another\n`,
  );
  taken.close();
});

test("it starts without a database, says so, and stops on SIGTERM", async () => {
  const environment = await describeProcess();
  await using service = start(environment);
  const url = `http://127.0.0.1:${environment.AUTH_PORT}`;
  await expect.poll(() => statusOf(`${url}/health`), { timeout: 10_000 }).toBe(200);
  const ready = await fetch(`${url}/ready`);
  expect(ready.status).toBe(503);
  expect(await ready.json()).toMatchObject({ missing: { database: true } });
  service.signal("SIGTERM");
  expect(await service.exited).toBe(0);
});

test("SIGTERM lets a request under way end; metrics are on the operators' port alone", async () => {
  await using database = await cloneDatabase();
  const environment = { ...(await describeProcess()), DATABASE_URL: withServiceRole(database.url) };
  await using service = start(environment);
  const url = `http://127.0.0.1:${environment.AUTH_PORT}`;
  await expect.poll(() => statusOf(`${url}/ready`), { timeout: 15_000 }).toBe(200);

  const operators = `http://127.0.0.1:${environment.AUTH_METRICS_PORT}`;
  const metrics = await (await fetch(`${operators}/metrics`)).text();
  expect(metrics).toMatch(/http_request_duration_seconds_count\{.*route="\/ready",status="200"/);
  expect(metrics).toContain("nodejs_eventloop_lag_p99_seconds");
  expect(metrics).toMatch(/password_hashes_under_way\{service="auth"\} 0/);
  const details = await fetch(`${operators}/health/details`);
  expect(await details.json()).toMatchObject({ status: "ok" });
  expect(await statusOf(`${url}/metrics`)).toBe(404);
  expect(await statusOf(`${url}/health/details`)).toBe(404);

  const body = { email: "ada@example.com", password: "correct horse battery staple", name: "Ada" };
  const underWay = fetch(`${url}/api/auth/signup`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(body),
  });
  await expect
    .poll(async () => (await fetch(`${operators}/metrics`)).text(), { interval: 1, timeout: 2_000 })
    .toMatch(/password_hashes_under_way\{service="auth"\} [1-9]|route="\/api\/auth\/signup"/);
  service.signal("SIGTERM");
  expect((await underWay).status).toBe(201);
  expect(await service.exited).toBe(0);
  const log = await service.outputs.out;
  expect(log).toContain('"msg":"stopped"');
  expect(log).not.toMatch(/ada@example|correct horse/);
});

test("keys that are not those of the database end the start with 78, before anything is written", async () => {
  await using database = await cloneDatabase();
  const sql = postgres(database.url, { max: 1, onnotice: () => undefined });
  const right = { ...(await describeProcess()), DATABASE_URL: withServiceRole(database.url) };
  {
    await using _service = start(right);
    const url = `http://127.0.0.1:${right.AUTH_PORT}/ready`;
    await expect.poll(() => statusOf(url), { timeout: 15_000 }).toBe(200);
  }
  const count = () => sql`select count(*)::int from postern.signing_keys`;
  await sql`delete from postern.signing_keys`;

  await using wrong = start({ ...right, SYSTEM_ENCRYPTION_KEY: key() });
  expect(await wrong.exited).toBe(78);
  expect(await wrong.outputs.err).toMatch(
    /^auth: SYSTEM_ENCRYPTION_KEY is not the key 1 of this database: [^\n]*\n$/,
  );
  expect(await count()).toEqual([{ count: 0 }]);
  await sql.end();
});

test("a privilege that is missing at the start is named in one line of the log", async () => {
  await using database = await cloneDatabase();
  const sql = postgres(database.url, { max: 1, onnotice: () => undefined });
  await sql`revoke update on postern.users from postern_app`;
  await sql.end();
  const environment = {
    ...(await describeProcess()),
    DATABASE_URL: withServiceRole(database.url),
  };
  await using service = start(environment);
  const url = `http://127.0.0.1:${environment.AUTH_PORT}`;
  await expect.poll(() => statusOf(`${url}/ready`), { timeout: 15_000 }).toBe(503);
  service.signal("SIGTERM");
  expect(await service.outputs.out).toMatch(
    /"level":(50|"error").*"msg":"not ready, missing: privileges \(UPDATE on users\)"/,
  );
});
