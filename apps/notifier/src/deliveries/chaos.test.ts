import { randomInt } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { findFreePort, pushSchema, startPostgres } from "@postern/devkit";
import { openDatabase } from "@postern/process";
import { sql } from "drizzle-orm";
import { expect, test } from "vitest";
import { type SmtpSink, startSmtpSink } from "../testing/smtp-sink.ts";
import { startProcess } from "../testing/start-process.ts";
import { countByStatus, openWorld, queueMany } from "../testing/world.ts";

const MESSAGES = 5_000;
const ANSWER_MILLISECONDS = 5;
const PAUSE_MILLISECONDS = [300, 900] as const;

const codeIn = (raw: string) => /^\d{6}$/m.exec(raw)?.[0];

/** What can be killed, each started again on the port that it had. */
async function openPlace() {
  const folder = mkdtempSync(join(tmpdir(), "postern-chaos-"));
  const [databasePort, smtpPort] = [await findFreePort(), await findFreePort()];
  const startSink = () =>
    startSmtpSink({
      port: smtpPort,
      async answerMail() {
        await sleep(ANSWER_MILLISECONDS);
        return "250 taken";
      },
    });
  const startServer = () => startPostgres({ dataFolder: folder, port: databasePort });
  const past: SmtpSink[] = [];
  let [sink, server] = [await startSink(), await startServer()];
  await pushSchema(server.url);
  return {
    smtpUrl: sink.url,
    databaseUrl: server.url,
    mails: () => [...past, sink].flatMap(({ mails }) => mails),
    async killProvider() {
      past.push(sink);
      await sink[Symbol.asyncDispose]();
      sink = await startSink();
    },
    async killDatabase() {
      process.kill(server.pid, "SIGKILL");
      await server.exited;
      server = await startServer();
    },
    async [Symbol.asyncDispose]() {
      await sink[Symbol.asyncDispose]();
      await server.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

test("5,000 mails while notifier, PostgreSQL and mail server are killed at random: none is lost, and who got one twice is marked", async () => {
  await using place = await openPlace();
  await using world = await openWorld();
  const { databaseUrl } = place;
  const options = { url: databaseUrl, poolSizeMax: 2, applicationName: "chaos-test" };
  await using db = openDatabase(options);
  const deps = { ...world, db, databaseUrl };
  const log = world.tables.emailDeliveryLog;
  for (let queued = 0; queued < MESSAGES; queued += 1_000) await queueMany(deps, 1_000);
  await db.execute(sql`update ${log} set expires_at = now() + interval '1 hour'`);
  const start = () => startProcess(deps, place.smtpUrl);
  let notifier = await start();
  const killNotifier = async () => {
    notifier.kill("SIGKILL");
    await notifier.exited;
    notifier = await start();
  };
  const kills = [killNotifier, place.killDatabase, place.killProvider, killNotifier];
  for (const kill of kills.sort(() => randomInt(3) - 1)) {
    const before = place.mails().length;
    await expect.poll(() => place.mails().length, { timeout: 20_000 }).toBeGreaterThan(before);
    await sleep(randomInt(...PAUSE_MILLISECONDS));
    await kill();
  }
  const isDone = async () => {
    // Leases and pauses are aged, not waited for.
    await db.execute(sql`update ${log} set lease_expires_at = now()
      where status = 'sending' and lease_expires_at < now() + interval '27 seconds'`);
    await db.execute(sql`update ${log} set next_attempt_at = now() where status = 'retry'`);
    return countByStatus(deps);
  };
  await expect.poll(isDone, { timeout: 60_000, interval: 500 }).toEqual({ sent: MESSAGES });
  await notifier[Symbol.asyncDispose]();

  const rows = await db.execute<{ id: string; error_code: string | null }>(
    sql`select id, error_code from ${log}`,
  );
  const byId = Map.groupBy(place.mails(), ({ messageId }) => messageId);
  const mailsOf = (id: string) => byId.get(`<${id}@postern.test>`) ?? [];
  expect(rows.filter(({ id }) => mailsOf(id).length === 0)).toEqual([]);
  const twice = rows.filter(({ id }) => mailsOf(id).length > 1);
  expect(twice.filter(({ error_code: code }) => code === null)).toEqual([]);
  for (const { id } of twice)
    expect(new Set(mailsOf(id).map(({ raw }) => codeIn(raw))).size).toBe(1);
}, 150_000);
