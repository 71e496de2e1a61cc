import { spawn } from "node:child_process";
import { once } from "node:events";
import { text } from "node:stream/consumers";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { cloneDatabase } from "@postern/devkit";
import postgres from "postgres";
import { expect, test } from "vitest";

const RUN_MILLISECONDS = 8_000;
const BETWEEN_KILLS_MILLISECONDS = 60;

/**
 * postgres.js 3.4.9 without patches/postgres@3.4.9.patch ends the process here within the first kills: it
 * writes to a socket that is gone, or rejects a promise that nobody can catch. A bare guard leaves calls pending.
 */
test("killing every backend again and again under load ends no process and leaves nothing hanging", async () => {
  await using database = await cloneDatabase();
  const admin = postgres(database.url, { max: 1, onnotice: () => undefined });
  await admin`create table moves (id serial primary key, half text not null)`;

  const child = startLoad(database.url);
  const output = text(child.stdout);
  const exited = once(child, "exit");
  let kills = 0;
  for (const end = Date.now() + RUN_MILLISECONDS; Date.now() < end; ) {
    const killed = await admin`
      select pg_terminate_backend(pid) from pg_stat_activity
      where application_name = 'terminated-load'`;
    kills += killed.length;
    await sleep(BETWEEN_KILLS_MILLISECONDS);
  }
  const [exitCode] = await exited;
  const [moves] = await admin`
    select count(*) filter (where half = 'first')::int as first,
           count(*) filter (where half = 'second')::int as second from moves`;
  await admin.end();

  expect(exitCode).toBe(0);
  const counts = JSON.parse(await output);
  expect(kills).toBeGreaterThan(100);
  expect(counts).toMatchObject({ pending: 0, answersAfter: 32 });
  expect(counts.succeeded).toBeGreaterThan(100);
  expect(counts.failed).toBeGreaterThan(50);
  // A statement of a dead transaction that ran on the next session would leave a half alone.
  expect(moves?.first).toBe(moves?.second);
});

function startLoad(url: string) {
  const script = fileURLToPath(new URL("./testing/terminated-load.ts", import.meta.url));
  return spawn(process.execPath, [script, url, String(RUN_MILLISECONDS)], {
    stdio: ["ignore", "pipe", "inherit"],
  });
}
