import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import { startInbox } from "@postern/devkit";
import { sql } from "drizzle-orm";
import { Registry } from "prom-client";
import { expect, test } from "vitest";
import { startWorker } from "../deliveries/worker.ts";
import { openWorld, type World } from "../testing/world.ts";
import { isSignedBody } from "../webhooks/signed-body.ts";
import { createAlertMetrics } from "./alert-metrics.ts";
import type { AlertSettings } from "./alert-settings.ts";
import { openAlerts } from "./open-alerts.ts";
import { postAlerts } from "./post-alerts.ts";
import { startAlerts } from "./start-alerts.ts";

const secret = "s".repeat(32);
const emails = ["ops@example.com", "security@example.com"];
const never = new AbortController().signal;

type Received = { signature: string; body: string };

/** A receiver of webhooks that gives each answer once, then 204. */
async function startReceiver(answers: number[] = []) {
  const received: Received[] = [];
  const server = createServer(async (request, response) => {
    const body = await text(request);
    received.push({ signature: String(request.headers["x-postern-signature"]), body });
    response.writeHead(answers.shift() ?? 204, { location: "http://127.0.0.1:1/" }).end();
  });
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  const { port } = server.address() as AddressInfo;
  return {
    received,
    webhook: { url: `http://127.0.0.1:${port}/alerts?token=hidden`, secret },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((closed) => server.close(closed));
    },
  };
}

async function happen(world: World, count: number, eventType = "token_reuse_detected") {
  await world.db.execute(sql`
    insert into ${world.tables.securityEvents} (event_type, severity)
    select ${eventType}, 'critical' from generate_series(1, ${count})`);
}

/** As if everything that operators were told had been told so long ago. */
const ageAlerts = (world: World, minutes: number) =>
  world.db.execute(sql`
    update ${world.tables.alerts} set created_at = created_at - make_interval(mins => ${minutes})`);

const toEmails: AlertSettings = { emails, webhook: null };

test("of an attack operators hear at once, then of all the rest together (A-09)", async () => {
  await using inbox = await startInbox();
  await using world = await openWorld(inbox.smtpUrl);
  const worker = startWorker(world);
  await happen(world, 1);
  expect(await openAlerts(world, toEmails)).toMatchObject([{ events: 1 }]);
  await happen(world, 500);
  expect(await openAlerts(world, toEmails)).toEqual([]);
  await ageAlerts(world, 9);
  expect(await openAlerts(world, toEmails)).toEqual([]);
  await ageAlerts(world, 2);
  expect(await openAlerts(world, toEmails)).toMatchObject([
    { eventType: "token_reuse_detected", severity: "critical", events: 500 },
  ]);
  await ageAlerts(world, 11);
  expect(await openAlerts(world, toEmails)).toEqual([]);

  worker.wake();
  await expect.poll(() => inbox.messages().length, { timeout: 10_000 }).toBe(4);
  await worker.stop();
  expect(new Set(inbox.messages().map(({ to }) => to))).toEqual(new Set(emails));
  const digest = inbox.messages().find((mail) => mail.text.includes("How often: 500"));
  expect(digest?.subject).toBe("[critical] Postern: token_reuse_detected");
});

test("types are told apart, lesser events and old ones are none", async () => {
  await using world = await openWorld();
  await happen(world, 2);
  await happen(world, 3, "sms_pumping_detected");
  await world.db.execute(sql`
    insert into ${world.tables.securityEvents} (event_type, severity, created_at)
    values ('account_locked', 'high', now()), ('decrypt_failed', 'critical', now() - interval '25 h')`);
  const opened = await openAlerts(world, toEmails);
  expect(opened.map(({ eventType, events }) => [eventType, events]).toSorted()).toEqual([
    ["sms_pumping_detected", 3],
    ["token_reuse_detected", 2],
  ]);
  await happen(world, 1, "decrypt_failed");
  expect(await openAlerts(world, toEmails)).toMatchObject([{ eventType: "decrypt_failed" }]);
});

test("of eight notifiers that look at once one tells, and none after a restart", async () => {
  await using world = await openWorld();
  await happen(world, 20);
  // Connections first, or the first look is over before the second has one.
  await Promise.all(Array.from({ length: 8 }, () => world.db.execute(sql`select pg_sleep(0.2)`)));
  const looks = await Promise.all(Array.from({ length: 8 }, () => openAlerts(world, toEmails)));
  expect(looks.flat()).toHaveLength(1);
  expect(await openAlerts({ ...world }, toEmails)).toEqual([]);
  expect(await world.db.$count(world.tables.emailDeliveryLog)).toBe(emails.length);
});

test("the webhook gets signed JSON, again while it refuses, and then no more", async () => {
  await using receiver = await startReceiver([500, 302]);
  await using world = await openWorld();
  const { webhook, received } = receiver;
  const registry = new Registry();
  const metrics = createAlertMetrics(registry);
  const look = () => postAlerts(world, { webhook, metrics, signal: never });
  const makeDue = () =>
    world.db.execute(sql`update ${world.tables.alerts} set next_attempt_at = now()
      where next_attempt_at is not null`);
  await happen(world, 7);
  await openAlerts(world, { emails: [], webhook });
  await Promise.all([look(), look(), look()]);
  expect(received).toHaveLength(1);
  await look();
  expect(received).toHaveLength(1);
  for (const _ of [1, 2, 3]) {
    await makeDue();
    await look();
  }
  expect(received).toHaveLength(3);
  for (const { body, signature } of received) {
    expect(isSignedBody(secret, { body, signature }, new Date())).toBe(true);
    expect(isSignedBody(secret, { body: `${body} `, signature }, new Date())).toBe(false);
    expect(JSON.parse(body)).toMatchObject({
      id: "1",
      type: "token_reuse_detected",
      severity: "critical",
      count: 7,
      since: expect.stringMatching(/^\d{4}-\d\d-\d\dT.*Z$/),
    });
  }
  const figures = await registry.metrics();
  expect(figures).toContain('postern_alert_posts_total{end="refused"} 2');
  expect(figures).toContain('postern_alert_posts_total{end="accepted"} 1');
  expect(world.logLines.join("")).not.toMatch(/hidden|ssss/);
});

test("a receiver that refuses for a day is given up", async () => {
  await using receiver = await startReceiver([500, 500]);
  await using world = await openWorld();
  const { webhook, received } = receiver;
  const metrics = createAlertMetrics(new Registry());
  await happen(world, 1);
  await openAlerts(world, { emails: [], webhook });
  await ageAlerts(world, 25 * 60);
  await postAlerts(world, { webhook, metrics, signal: never });
  const [row] = await world.db.select().from(world.tables.alerts);
  expect(row).toMatchObject({ attempts: 1, nextAttemptAt: null, postedAt: null });
  expect(received).toHaveLength(1);
});

test("while it runs, an event reaches mail and webhook by itself", async () => {
  await using inbox = await startInbox();
  await using receiver = await startReceiver();
  await using world = await openWorld(inbox.smtpUrl);
  const registry = new Registry();
  const settings = { emails, webhook: receiver.webhook };
  const worker = startWorker(world);
  const alerts = startAlerts(world, settings, createAlertMetrics(registry));
  await happen(world, 1, "customers_exported");
  await expect.poll(() => receiver.received.length, { timeout: 10_000 }).toBe(1);
  await expect.poll(() => inbox.messages().length, { timeout: 10_000 }).toBe(2);
  await Promise.all([alerts.stop(), worker.stop()]);
  expect(await registry.metrics()).toContain('postern_alerts_total{event_type="other"} 1');
});
