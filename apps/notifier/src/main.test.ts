import { setTimeout as sleep } from "node:timers/promises";
import { sql } from "drizzle-orm";
import { expect, test } from "vitest";
import { SLOT_LIMITS } from "./deliveries/worker.ts";
import { startSmtpSink } from "./testing/smtp-sink.ts";
import { runMain, startProcess } from "./testing/start-process.ts";
import { countByStatus, openWorld, queueMany, type World } from "./testing/world.ts";

const ANSWER_MILLISECONDS = 10;

const startSlowSink = () =>
  startSmtpSink({
    async answerMail() {
      await sleep(ANSWER_MILLISECONDS);
      return "250 taken";
    },
  });

async function idsBeingSent({ db, tables }: World): Promise<string[]> {
  const rows = await db.execute<{ id: string }>(
    sql`select id from ${tables.emailDeliveryLog} where status = 'sending'`,
  );
  return rows.map(({ id }) => id);
}

test("after kill -9 in the middle of 500 mails every one arrives, and twice only those in flight", async () => {
  await using sink = await startSlowSink();
  await using world = await openWorld();
  const queued = await queueMany(world, 500);
  await using first = await startProcess(world, sink.url);
  await expect.poll(() => sink.mails.length, { timeout: 15_000 }).toBeGreaterThan(150);
  first.kill("SIGKILL");
  expect(await first.exited).toBeNull();
  const inFlight = await idsBeingSent(world);
  expect(inFlight.length).toBeGreaterThan(0);
  // In a slot, or sent and not yet written down.
  expect(inFlight.length).toBeLessThanOrEqual(3 * SLOT_LIMITS.total);
  expect(sink.mails.length).toBeLessThan(500);

  // The lease of 30 s is aged, not waited for.
  await world.db.execute(sql`
    update ${world.tables.emailDeliveryLog} set lease_expires_at = now() where status = 'sending'`);
  await using _second = await startProcess(world, sink.url);
  await expect.poll(() => countByStatus(world), { timeout: 15_000 }).toEqual({ sent: 500 });

  const byMessageId = Map.groupBy(sink.mails, ({ messageId }) => messageId);
  const twice = [...byMessageId].filter(([, mails]) => mails.length > 1);
  expect(new Set(byMessageId.keys())).toEqual(
    new Set(queued.map(({ id }) => `<${id}@postern.test>`)),
  );
  expect(inFlight.map((id) => `<${id}@postern.test>`)).toEqual(
    expect.arrayContaining(twice.map(([messageId]) => messageId)),
  );
  for (const [, mails] of twice) {
    expect(mails).toHaveLength(2);
    expect(codeIn(mails[0]!.raw)).toBe(codeIn(mails[1]!.raw));
  }
});

const codeIn = (raw: string) => /^\d{6}$/m.exec(raw)?.[0];

test("SIGTERM ends it with 0 once what was begun is sent and recorded", async () => {
  await using sink = await startSlowSink();
  await using world = await openWorld();
  await queueMany(world, 400);
  await using notifier = await startProcess(world, sink.url);
  await expect.poll(() => sink.mails.length, { timeout: 15_000 }).toBeGreaterThan(50);
  notifier.kill("SIGTERM");
  expect(await notifier.exited).toBe(0);

  const { sending, sent = 0, pending = 0, retry = 0 } = await countByStatus(world);
  expect(sending).toBeUndefined();
  expect(sent).toBe(sink.mails.length);
  expect(sent + pending + retry).toBe(400);
  expect(sent).toBeLessThan(400);
});

test("it answers on both of its ports", async () => {
  await using world = await openWorld();
  await using notifier = await startProcess(world, "smtp://127.0.0.1:1");
  const get = async (url: string) => {
    const response = await fetch(url);
    return { status: response.status, body: await response.text() };
  };
  await expect
    .poll(() => get(`${notifier.url}/ready`).catch(() => null), { timeout: 10_000 })
    .toEqual({ status: 200, body: '{"status":"ready","service":"notifier"}' });
  const health = await get(`${notifier.url}/health`);
  expect(JSON.parse(health.body)).toEqual({
    status: "ok",
    service: "notifier",
    uptime: expect.any(Number),
  });
  const version = await get(`${notifier.url}/version`);
  expect(JSON.parse(version.body)).toMatchObject({ service: "notifier", commit: "unknown" });
  expect(await get(`${notifier.url}/metrics`)).toMatchObject({ status: 404 });

  await queueMany(world, 3, { priority: 3 });
  // Whichever of them is just being tried does not wait at that moment.
  await expect
    .poll(async () => (await get(`${notifier.operatorsUrl}/metrics`)).body)
    .toMatch(/postern_delivery_queue_depth\{[^}]*priority="3"[^}]*\} 3/);
  await expect
    .poll(async () => JSON.parse((await get(`${notifier.operatorsUrl}/health/details`)).body))
    .toMatchObject({
      status: "ok",
      checks: { database: { status: "up" }, queue: { priority_3_waiting: 3 } },
    });
});

test("a bad environment ends it with 78 and one line for each variable, without values", async () => {
  const notifier = runMain({
    DATABASE_URL: "mysql://root:hunter2@db",
    SYSTEM_ENCRYPTION_KEY: "hunter2",
    SMTP_URL: "smtp://mail/?hunter2",
    MAIL_FROM: "hunter2",
  });
  expect(await notifier.exited).toBe(78);
  expect(notifier.output()).not.toContain("hunter2");
  const variables = notifier.output().match(/^notifier: \w+/gm);
  expect(variables).toEqual(
    ["DATABASE_URL", "BLIND_INDEX_KEY", "SYSTEM_ENCRYPTION_KEY", "SMTP_URL", "MAIL_FROM"].map(
      (name) => `notifier: ${name}`,
    ),
  );
});
