import { setTimeout as sleep } from "node:timers/promises";
import { newSeed } from "@postern/crypto";
import { queueMessage } from "@postern/messages";
import { eq, sql } from "drizzle-orm";
import { expect, test } from "vitest";
import { startSmtpSink } from "../testing/smtp-sink.ts";
import { age, countByStatus, openWorld, queueMany, queueOne, readRow } from "../testing/world.ts";
import { listenForDeliveries } from "./listen.ts";
import { startWorker } from "./worker.ts";

const BULK = 3;

test("codes pass while 2,000 bulk mails wait on a server that answers none of them", async () => {
  const { promise: answer, resolve: release } = Promise.withResolvers<string>();
  const isBulk = (to: string | undefined) => to?.startsWith("reader") ?? false;
  await using sink = await startSmtpSink({
    answerMail: ({ to }) => (isBulk(to[0]) ? answer : "250 taken"),
  });
  await using world = await openWorld(sink.url);
  await queueMany(world, 2_000, { priority: BULK });
  const worker = startWorker(world);
  // Bulk fills its own slots and not the four that are for codes, however much of it is claimed.
  await expect.poll(() => sink.mails.length).toBe(12);

  const codes = await Promise.all(
    Array.from({ length: 20 }, (_, index) => queueOne(world, { to: `ada${index}@example.com` })),
  );
  worker.wake();
  await expect.poll(() => countByStatus(world)).toEqual({ pending: 1_968, sending: 32, sent: 20 });
  expect(sink.mails).toHaveLength(12 + codes.length);
  for (const { id } of codes) {
    expect(await readRow(world, id)).toMatchObject({ status: "sent", attempts: 1 });
  }
  release("250 taken");
  await worker.stop();
});

test("a code goes before bulk that was queued first", async () => {
  await using sink = await startSmtpSink();
  await using world = await openWorld(sink.url);
  await queueMany(world, 300, { priority: BULK });
  await queueOne(world, { to: "ada@example.com" });
  const worker = startWorker(world);
  await expect.poll(() => sink.mails.length, { timeout: 10_000 }).toBe(301);
  await worker.stop();
  const place = sink.mails.findIndex(({ to }) => to[0] === "ada@example.com");
  expect(place).toBeLessThan(16);
});

test("a row is sent at its notification, and again after the listening connection was killed", async () => {
  await using sink = await startSmtpSink();
  await using world = await openWorld(sink.url);
  let rings = 0;
  const onNotification = () => {
    rings += 1;
  };
  await using _listening = listenForDeliveries({ url: world.databaseUrl, onNotification });
  await expect.poll(() => rings).toBe(1);
  const queue = () =>
    queueMessage(world.db, world, {
      name: "sign_in_code",
      userId: null,
      to: "ada@example.com",
      seed: newSeed(),
      lifeSeconds: 300,
    });
  await queue();
  await expect.poll(() => rings).toBe(2);

  await world.owner.execute(`
    select pg_terminate_backend(pid) from pg_stat_activity
    where application_name = 'postern-notifier-listen' and datname = current_database()`);
  await expect.poll(() => rings).toBe(3);
  await queue();
  await expect.poll(() => rings).toBe(4);
});

test("rows queued while the mail server is down are sent once it is back", async () => {
  await using world = await openWorld("smtp://127.0.0.1:1");
  await queueMany(world, 20);
  const worker = startWorker(world);
  await expect.poll(() => countByStatus(world)).toEqual({ retry: 20 });
  await worker.stop();

  await using sink = await startSmtpSink();
  await using mended = await openWorld(sink.url);
  const again = startWorker({ ...world, email: mended.email });
  await age(world, ["next_attempt_at"]);
  again.wake();
  await expect.poll(() => countByStatus(world)).toEqual({ sent: 20 });
  await again.stop();
  expect(sink.mails).toHaveLength(20);
});

test("stopping waits for what is being sent and claims no more", async () => {
  const { promise: answer, resolve: release } = Promise.withResolvers<string>();
  await using sink = await startSmtpSink({ answerMail: () => answer });
  await using world = await openWorld(sink.url);
  await queueMany(world, 40);
  const worker = startWorker(world);
  await expect.poll(() => sink.mails.length).toBe(16);
  const stopped = worker.stop();
  await sleep(50);
  release("250 taken");
  await stopped;
  expect(await countByStatus(world)).toEqual({ pending: 24, sent: 16 });
  expect(sink.mails).toHaveLength(16);
});

test("what was claimed ahead of its slot goes back when the worker stops, as if nobody had claimed it", async () => {
  const { promise: answer, resolve: finish } = Promise.withResolvers<string>();
  await using sink = await startSmtpSink({ answerMail: () => answer });
  await using world = await openWorld(sink.url);
  await queueMany(world, 100, { priority: BULK });
  const worker = startWorker(world);
  await expect.poll(() => sink.mails.length).toBe(12);
  expect(await countByStatus(world)).toEqual({ pending: 68, sending: 32 });
  const stopped = worker.stop();
  await expect.poll(() => countByStatus(world)).toEqual({ pending: 68, retry: 20, sending: 12 });
  finish("250 taken");
  await stopped;
  expect(await countByStatus(world)).toEqual({ pending: 68, retry: 20, sent: 12 });
  const { emailDeliveryLog: log } = world.tables;
  const back = await world.db.select().from(log).where(eq(log.status, "retry"));
  expect(new Set(back.map(({ attempts }) => attempts))).toEqual(new Set([0]));
  expect(sink.mails).toHaveLength(12);
});

test("bulk behind a server that stalls is given back in time for another worker", async () => {
  const waiting: (() => void)[] = [];
  await using sink = await startSmtpSink({
    answerMail: () => new Promise((done) => waiting.push(() => done("250 taken"))),
  });
  await using world = await openWorld(sink.url);
  await queueMany(world, 100, { priority: BULK });
  let aheadMilliseconds = 0;
  const worker = startWorker({ ...world, now: () => new Date(Date.now() + aheadMilliseconds) });
  await expect.poll(() => waiting.length).toBe(12);
  aheadMilliseconds = 6_000;
  waiting.pop()?.();
  // The 52 went back and were claimed anew, with a lease that leaves time to send them.
  await expect.poll(() => sink.mails.length).toBe(13);
  const leases = await world.db.execute(sql`
    select lease_id from ${world.tables.emailDeliveryLog} where status = 'sending' group by 1`);
  expect(leases.length).toBeGreaterThan(1);
  while ((await countByStatus(world)).sent !== 100) {
    for (const done of waiting.splice(0)) done();
    await sleep(10);
  }
  await worker.stop();
  expect(sink.mails).toHaveLength(100);
});
