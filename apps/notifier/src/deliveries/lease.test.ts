import { sql } from "drizzle-orm";
import { expect, test } from "vitest";
import { claimDue } from "../testing/claim-due.ts";
import { startSmtpSink } from "../testing/smtp-sink.ts";
import { age, countByStatus, openWorld, queueMany, queueOne, readRow } from "../testing/world.ts";
import { deliver } from "./deliver.ts";
import { record } from "./record.ts";
import { release } from "./release.ts";
import { delaySeconds } from "./retry-delay.ts";
import { sweep } from "./sweep.ts";
import { startWorker } from "./worker.ts";

const never = new AbortController().signal;

test("a claimed row is nobody else's until its lease ends, then it is retried", async () => {
  await using world = await openWorld();
  const { id } = await queueOne(world);
  expect(await claimDue(world, "email")).toHaveLength(1);
  expect(await claimDue(world, "email")).toEqual([]);
  await sweep(world);
  expect(await readRow(world, id)).toMatchObject({ status: "sending", attempts: 1 });

  await age(world, ["lease_expires_at"]);
  await sweep(world);
  expect(await readRow(world, id)).toMatchObject({ status: "retry", errorCode: "lease_expired" });
  expect(await claimDue(world, "email")).toMatchObject([{ id, attempts: 2 }]);
});

test("a lease that ends after the message's own end expires it", async () => {
  await using world = await openWorld();
  const { id } = await queueOne(world);
  await claimDue(world, "email");
  await age(world, ["lease_expires_at", "expires_at"]);
  await sweep(world);
  expect(await readRow(world, id)).toMatchObject({ status: "expired", sealedPayload: null });
});

test.for([
  { status: "sent", provider: "smtp", providerMessageId: "<late@postern.test>" },
  { status: "retry", errorCode: "late", errorMessage: "late" },
  { status: "failed", errorCode: "decrypt_failed", errorMessage: "late" },
] as const)("a late worker cannot overwrite with $status what the next one did", async (late) => {
  await using sink = await startSmtpSink();
  await using world = await openWorld(sink.url);
  const { id } = await queueOne(world);
  const [first] = await claimDue(world, "email");
  await age(world, ["lease_expires_at"]);
  await sweep(world);

  const [second] = await claimDue(world, "email");
  expect(await record(world, first!, late)).toBeNull();
  expect(await readRow(world, id)).toMatchObject({ status: "sending", leaseId: second!.leaseId });
  await deliver(world, second!, never);
  const sent = await readRow(world, id);
  expect(sent.status).toBe("sent");

  expect(await record(world, first!, late)).toBeNull();
  expect(await readRow(world, id)).toEqual(sent);
  expect(await world.db.$count(world.tables.securityEvents)).toBe(0);
});

test("the payload of a message in flight goes at its end, and the outcome is still recorded", async () => {
  await using world = await openWorld();
  const { id } = await queueOne(world);
  const [delivery] = await claimDue(world, "email");
  await age(world, ["expires_at"]);
  await sweep(world);
  expect(await readRow(world, id)).toMatchObject({ status: "sending", sealedPayload: null });
  await record(world, delivery!, { status: "sent", provider: "smtp", providerMessageId: "<a@b>" });
  expect(await readRow(world, id)).toMatchObject({ status: "sent" });
});

test("rows that were claimed and not begun go back as they were", async () => {
  await using world = await openWorld();
  const { id } = await queueOne(world);
  await release(world, "email", await claimDue(world, "email"));
  expect(await readRow(world, id)).toMatchObject({ status: "retry", attempts: 0, leaseId: null });
  expect(await claimDue(world, "email")).toMatchObject([{ id, attempts: 1 }]);
});

test("two claims at once take different rows, never more than the slots", async () => {
  await using world = await openWorld();
  await queueMany(world, 40);
  const claims = await Promise.all([claimDue(world, "email"), claimDue(world, "email")]);
  const ids = claims.flat().map(({ id }) => id);
  expect(claims.map(({ length }) => length)).toEqual([16, 16]);
  expect(new Set(ids).size).toBe(32);
});

test("two workers drain 300 rows, each sent once", async () => {
  await using sink = await startSmtpSink();
  await using world = await openWorld(sink.url);
  await queueMany(world, 300);
  const workers = [startWorker(world), startWorker(world)];
  await expect.poll(() => sink.mails.length, { timeout: 15_000 }).toBeGreaterThanOrEqual(300);
  await Promise.all(workers.map((worker) => worker.stop()));
  expect(await countByStatus(world)).toEqual({ sent: 300 });
  expect(sink.mails).toHaveLength(300);
  expect(new Set(sink.mails.map(({ messageId }) => messageId)).size).toBe(300);
});

test("two sweeps at once take every lost row back once", async () => {
  await using world = await openWorld();
  await queueMany(world, 1_200);
  await world.db.execute(sql`
    update ${world.tables.emailDeliveryLog}
    set status = 'sending', attempts = 1, lease_id = gen_random_uuid(), lease_expires_at = now()`);
  await Promise.all([sweep(world), sweep(world)]);
  expect(await countByStatus(world)).toEqual({ retry: 1_200 });
});

test("a row that somebody holds stops neither claim nor sweep", async () => {
  await using world = await openWorld();
  const [held, lost, due] = await queueMany(world, 3);
  const { emailDeliveryLog: log } = world.tables;
  await world.db.execute(sql`
    update ${log} set status = 'sending', lease_id = gen_random_uuid(), lease_expires_at = now()
    where id = ${lost!.id}`);
  await world.db.transaction(async (tx) => {
    await tx.execute(sql`select id from ${log} where id = ${held!.id} for update`);
    await sweep(world);
    expect(await readRow(world, lost!.id)).toMatchObject({ status: "retry" });
    const claimed = await claimDue(world, "email");
    expect(claimed.map(({ id }) => id).sort()).toEqual([lost!.id, due!.id].sort());
  });
});

test("the pause grows with the attempts, to 30 s for a code and to 300 s for others", () => {
  const pauses = (priority: number) =>
    [1, 2, 3, 4, 5, 6, 7, 8].map((attempts) => delaySeconds({ priority, attempts }));
  expect(pauses(1)).toEqual([1, 2, 5, 10, 30, 30, 30, 30]);
  expect(pauses(3)).toEqual([1, 2, 5, 10, 30, 60, 300, 300]);
});
