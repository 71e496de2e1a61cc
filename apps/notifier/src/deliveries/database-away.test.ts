import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { findFreePort, pushSchema, startPostgres } from "@postern/devkit";
import { openDatabase } from "@postern/process";
import { expect, test } from "vitest";
import { startSmtpSink } from "../testing/smtp-sink.ts";
import { countByStatus, openWorld, queueMany } from "../testing/world.ts";
import { listenForDeliveries } from "./listen.ts";
import { startWorker } from "./worker.ts";

test("a database that goes away and comes back loses nothing and repeats nothing", async () => {
  const { promise: answer, resolve: release } = Promise.withResolvers<string>();
  await using sink = await startSmtpSink({ answerMail: () => answer });
  await using world = await openWorld(sink.url);
  await using folder = makeFolder();
  const port = await findFreePort();
  const start = () => startPostgres({ dataFolder: folder.path, port });

  const first = await start();
  await pushSchema(first.url);
  await using db = openDatabase({ url: first.url, poolSizeMax: 6, applicationName: "away-test" });
  const deps = { ...world, db };
  await queueMany(deps, 30);
  const worker = startWorker(deps);
  await using _listening = listenForDeliveries({ url: first.url, onNotification: worker.wake });
  await expect.poll(() => sink.mails.length).toBe(16);

  await first.stop();
  release("250 taken");
  await using _second = await start();
  await expect.poll(() => countByStatus(deps), { timeout: 10_000 }).toEqual({ sent: 30 });
  await worker.stop();
  expect(sink.mails).toHaveLength(30);
});

function makeFolder() {
  const path = mkdtempSync(join(tmpdir(), "postern-away-"));
  return {
    path,
    [Symbol.asyncDispose]: async () => rmSync(path, { recursive: true, force: true }),
  };
}
