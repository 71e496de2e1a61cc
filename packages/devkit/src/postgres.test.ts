import { mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import sqlClient from "postgres";
import { expect, test } from "vitest";
import { PortTakenError } from "./find-free-port.ts";
import { startPostgres } from "./postgres.ts";
import { keptFolder } from "./postgres-cluster.ts";

async function query(url: string, statement: string) {
  const sql = sqlClient(url, { max: 1 });
  try {
    return await sql.unsafe(statement);
  } finally {
    await sql.end();
  }
}

function temporaryFolder(): Disposable & { path: string } {
  const place = mkdtempSync(join(tmpdir(), "postern-test-"));
  const path = keptFolder(join(place, "data"));
  const remove = (folder: string) => rmSync(folder, { recursive: true, force: true });
  return { path, [Symbol.dispose]: () => [place, path].forEach(remove) };
}

test("the server of this test run is PostgreSQL 18", async () => {
  const [row] = await query(process.env.POSTERN_TEST_DATABASE_URL!, "show server_version");
  expect(row?.server_version).toMatch(/^18\./);
});

test("data in a folder outlives the server, and the same port answers again", async () => {
  using place = temporaryFolder();
  const dataFolder = place.path;
  const first = await startPostgres({ dataFolder });
  await query(first.url, "create table note as select 'kept' as text");
  await first.stop();
  await expect(query(first.url, "select 1")).rejects.toMatchObject({ code: "ECONNREFUSED" });

  await using second = await startPostgres({ dataFolder, port: first.port });
  expect(second.url).toBe(first.url);
  expect(await query(second.url, "select text from note")).toEqual([{ text: "kept" }]);
});

test("a server killed with SIGKILL comes back with its committed data", async () => {
  using place = temporaryFolder();
  const dataFolder = place.path;
  const first = await startPostgres({ dataFolder });
  await query(first.url, "create table note as select 'kept' as text");
  process.kill(first.pid, "SIGKILL");

  await using second = await startPostgres({ dataFolder });
  expect(await query(second.url, "select text from note")).toEqual([{ text: "kept" }]);
});

test("without the password nobody gets in", async () => {
  await using server = await startPostgres();
  const url = new URL(server.url);
  url.password = "guess";
  await expect(query(url.href, "select 1")).rejects.toMatchObject({ code: "28P01" });
  expect(statSync(server.dataFolder).mode & 0o077).toBe(0);
});

test("a port in use is told apart from other failures", async () => {
  const port = Number(new URL(process.env.POSTERN_TEST_DATABASE_URL!).port);
  await expect(startPostgres({ port })).rejects.toBeInstanceOf(PortTakenError);
});
