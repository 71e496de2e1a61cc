import { existsSync, readFileSync, statSync } from "node:fs";
import { createServer } from "node:http";
import { join } from "node:path";
import postgres from "postgres";
import { expect, test, vi } from "vitest";
import { isAnythingLeft, openDevPlace, runDemo, runDev } from "./testing/run-dev.ts";

async function query(url: string, statement: string) {
  const sql = postgres(url, { max: 1 });
  try {
    return await sql.unsafe(statement);
  } finally {
    await sql.end();
  }
}

const NOTHING_RUNS = "pnpm demo: nothing runs here; start `pnpm dev` in another terminal first\n";

test("it prints addresses that answer, and SIGTERM stops everything", async () => {
  await using place = await openDevPlace();
  await using dev = runDev(place);
  const record = await dev.ready;
  expect(statSync(join(place.folder, "dev.json")).mode & 0o777).toBe(0o600);
  expect(statSync(join(place.folder, "env")).mode & 0o777).toBe(0o600);

  for (const url of [
    `${record.auth.url}/ready`,
    `${record.notifier.url}/ready`,
    record.inbox.webUrl,
  ]) {
    expect(dev.output()).toContain(new URL(url).origin);
    expect((await fetch(url)).status).toBe(200);
  }
  expect(dev.output()).not.toContain(new URL(record.databaseUrl).password);

  dev.child.kill("SIGTERM");
  expect(await dev.exited).toBe(0);
  expect(await isAnythingLeft(record)).toBe(false);
  expect(existsSync(join(place.folder, "dev.json"))).toBe(false);
});

test("the services have the rights of their role, and not those of the owner", async () => {
  await using place = await openDevPlace();
  await using dev = runDev(place);
  const { auth, notifier, databaseUrl } = await dev.ready;
  await query(databaseUrl, "revoke insert on postern.security_events from postern_app");
  for (const { url } of [auth, notifier]) {
    await expect
      .poll(async () => (await fetch(`${url}/ready`)).json(), { timeout: 10_000 })
      .toMatchObject({ missing: { privileges: ["INSERT on security_events"] } });
  }
});

test("the demo sees every step of it, and nothing secret in any row, Redis value or log", async () => {
  await using place = await openDevPlace();
  await using dev = runDev(place);
  expect((await dev.ready).databaseSchema).toBe("postern");
  const demo = await runDemo(place);
  expect(demo.output).toContain("Every step was seen.");
  expect(demo.output).toContain("none found (but users.email)");
  expect(demo.code).toBe(0);
});

test("a second one on the same state folder is refused and touches nothing", async () => {
  await using place = await openDevPlace();
  await using dev = runDev(place);
  const record = await dev.ready;
  const log = () => readFileSync(join(record.logsFolder, "auth.log"), "utf8");
  const logged = log();
  const elsewhere = await openDevPlace();
  const environment = { ...elsewhere.environment, POSTERN_STATE_FOLDER: place.folder };
  await using second = runDev({ ...elsewhere, environment }, "--fresh");
  expect(await second.exited).toBe(1);
  expect(second.output()).toContain(`pnpm dev runs already on ${place.folder} (process`);
  expect(log().startsWith(logged)).toBe(true);
  await elsewhere[Symbol.asyncDispose]();

  dev.child.kill("SIGKILL");
  await dev.exited;
  expect(await runDemo(place)).toMatchObject({ code: 1, output: NOTHING_RUNS });
  const nothingLeft = async () => expect(await isAnythingLeft(record)).toBe(false);
  await vi.waitFor(nothingLeft, { timeout: 15_000, interval: 200 });
});

test("without a running dev the demo says so in one line", async () => {
  await using place = await openDevPlace();
  expect(await runDemo(place)).toEqual({ code: 1, output: NOTHING_RUNS });
});

// Three starts, and a machine may be busy with other tests meanwhile.
const PATIENCE = { timeout: 120_000 };

test(
  "killed with SIGKILL it leaves data and keys, nothing running; --fresh leaves the keys",
  PATIENCE,
  async () => {
    await using place = await openDevPlace();
    const keys = () => readFileSync(join(place.folder, "env"), "utf8");
    const first = runDev(place);
    const record = await first.ready;
    const { databaseUrl } = record;
    const keysMade = keys();
    await query(databaseUrl, "create table note ()");
    first.child.kill("SIGKILL");
    const nothingLeft = async () => expect(await isAnythingLeft(record)).toBe(false);
    await vi.waitFor(nothingLeft, { timeout: 15_000, interval: 200 });

    const second = runDev(place);
    expect((await second.ready).databaseUrl).toBe(databaseUrl);
    await query(databaseUrl, "select from note");
    await second[Symbol.asyncDispose]();

    await using third = runDev(place, "--fresh");
    const fresh = await third.ready;
    await expect(query(fresh.databaseUrl, "select from note")).rejects.toThrow("does not exist");
    expect(keys()).toBe(keysMade);
  },
);

test("a service that dies ends it with one line and nothing left", async () => {
  await using place = await openDevPlace();
  await using dev = runDev(place);
  const record = await dev.ready;
  process.kill(record.notifier.pid, "SIGKILL");

  expect(await dev.exited).toBe(1);
  expect(dev.output()).toMatch(/\npnpm dev: notifier ended by itself .*notifier\.log\.\n/);
  expect(await isAnythingLeft(record)).toBe(false);
});

test("a port in use is one line that names the variable, before anything is started", async () => {
  await using place = await openDevPlace();
  const port = Number(place.environment.INBOX_WEB_PORT);
  await using _taken = createServer().listen(port, "127.0.0.1");
  await using dev = runDev(place);
  expect(await dev.exited).toBe(1);
  expect(dev.output()).toContain(`pnpm dev: Port ${port} of the inbox's page is in use.`);
  expect(dev.output()).toContain("set INBOX_WEB_PORT to another port.");
  expect(existsSync(join(place.folder, "postgres"))).toBe(false);
});

test.for([
  { args: ["--help"], code: 0, says: /^Usage: pnpm dev/ },
  {
    args: ["--quick"],
    code: 1,
    says: /^pnpm dev: Unknown option '--quick'\. Try pnpm dev --help\.\n$/,
  },
])("$args is answered without starting anything", async ({ args, code, says }) => {
  await using place = await openDevPlace();
  await using dev = runDev(place, ...args);
  expect(await dev.exited).toBe(code);
  expect(dev.output()).toMatch(says);
});
