import { startInbox } from "@postern/devkit";
import { sql } from "drizzle-orm";
import { expect, test } from "vitest";
import { claimDue } from "../testing/claim-due.ts";
import { startSmtpSink } from "../testing/smtp-sink.ts";
import { age, openWorld, queueMany, queueOne, readRow, type World } from "../testing/world.ts";
import { deliver } from "./deliver.ts";
import { sweep } from "./sweep.ts";

const never = new AbortController().signal;

async function deliverAll(world: World): Promise<void> {
  const claimed = await claimDue(world, "email");
  await Promise.all(claimed.map((delivery) => deliver(world, delivery, never)));
}

test.for([
  { name: "verify_email_code", digits: 6, subject: "Confirm your email address for Postern" },
  { name: "sign_in_code", digits: 8, subject: "Your sign-in code for Postern" },
] as const)("$name arrives with its code, and the row keeps no payload", async (kind) => {
  await using inbox = await startInbox();
  await using world = await openWorld(inbox.smtpUrl);
  const { id, to, code } = await queueOne(world, { name: kind.name });
  await deliverAll(world);

  const [mail] = inbox.messages();
  const messageId = `<${id}@postern.test>`;
  expect(code).toHaveLength(kind.digits);
  expect(mail).toMatchObject({ to, code, messageId, subject: kind.subject });
  expect(mail?.from).toBe("no-reply@postern.test");
  expect(mail?.html).toContain(`>${code}</p>`);
  expect(mail?.text).toContain("good for 5 minutes");
  expect(await readRow(world, id)).toMatchObject({
    status: "sent",
    provider: "smtp",
    providerMessageId: messageId,
    attempts: 1,
    sealedPayload: null,
    leaseId: null,
    errorCode: null,
    sentAt: expect.any(Date),
  });
});

test("a 451 is tried again and sent", async () => {
  const answers = ["451 4.7.1 <reader0@example.com> come back, reader0, at 123456"];
  await using sink = await startSmtpSink({ answerRecipient: () => answers.pop() ?? "250 ok" });
  await using world = await openWorld(sink.url);
  const { id } = await queueOne(world);
  await deliverAll(world);

  const waiting = await readRow(world, id);
  expect(waiting).toMatchObject({
    status: "retry",
    errorCode: "smtp_451",
    errorMessage: "451 4.7.1 *** come back, ***, at ***",
    leaseId: null,
  });
  expect(waiting.sealedPayload).not.toBeNull();
  expect(waiting.nextAttemptAt.getTime()).toBeGreaterThan(Date.now());
  expect(await claimDue(world, "email")).toEqual([]);

  await age(world, ["next_attempt_at"]);
  await deliverAll(world);
  expect(await readRow(world, id)).toMatchObject({ status: "sent", attempts: 2, errorCode: null });
  expect(sink.mails).toHaveLength(1);
});

test.for([
  { stage: "RCPT TO", sink: { answerRecipient: () => "550 5.1.1 no such user" } },
  { stage: "the final dot", sink: { answerMail: () => "550 5.7.1 refused" } },
])("a 550 at $stage is final", async ({ sink: options }) => {
  await using sink = await startSmtpSink(options);
  await using world = await openWorld(sink.url);
  const { id } = await queueOne(world);
  await deliverAll(world);
  const row = await readRow(world, id);
  expect(row).toMatchObject({ status: "failed", errorCode: "smtp_550", sealedPayload: null });
  expect(row.failedAt).not.toBeNull();
});

test("a drop after the final dot is tried again under the same Message-ID", async () => {
  const answers = ["drop"];
  await using sink = await startSmtpSink({ answerMail: () => answers.pop() ?? "250 taken" });
  await using world = await openWorld(sink.url);
  const { id } = await queueOne(world);
  await deliverAll(world);
  expect(await readRow(world, id)).toMatchObject({ status: "retry" });

  await age(world, ["next_attempt_at"]);
  await deliverAll(world);
  expect(await readRow(world, id)).toMatchObject({ status: "sent", attempts: 2 });
  const messageId = `<${id}@postern.test>`;
  expect(sink.mails.map((mail) => mail.messageId)).toEqual([messageId, messageId]);
});

test("a message past its end is never claimed, and the sweep ends it", async () => {
  await using world = await openWorld();
  const { id } = await queueOne(world);
  await age(world, ["expires_at"]);
  expect(await claimDue(world, "email")).toEqual([]);
  await sweep(world);
  expect(await readRow(world, id)).toMatchObject({
    status: "expired",
    attempts: 0,
    sealedPayload: null,
  });
});

test("a message that ends between claim and sending is not sent", async () => {
  await using sink = await startSmtpSink();
  await using world = await openWorld(sink.url);
  const { id } = await queueOne(world);
  const [delivery] = await claimDue(world, "email");
  const later = { ...world, now: () => new Date(delivery!.endsAt.getTime() + 1) };
  await deliver(later, delivery!, never);
  expect(await readRow(world, id)).toMatchObject({ status: "expired", sealedPayload: null });
  expect(sink.recipients).toEqual([]);
});

test("a worker that stalled past its lease does not send", async () => {
  await using sink = await startSmtpSink();
  await using world = await openWorld(sink.url);
  const { id } = await queueOne(world);
  const [delivery] = await claimDue(world, "email");
  const later = { ...world, now: () => new Date(delivery!.leaseEndsAt.getTime() + 1) };
  await deliver(later, delivery!, never);
  expect(await readRow(world, id)).toMatchObject({ status: "retry", errorCode: "worker_stalled" });
  expect(sink.recipients).toEqual([]);
});

test("a retry that would come after the end expires at once", async () => {
  await using sink = await startSmtpSink({ answerRecipient: () => "451 later" });
  await using world = await openWorld(sink.url);
  const { id } = await queueOne(world, { lifeSeconds: 0.7 });
  await deliverAll(world);
  expect(await readRow(world, id)).toMatchObject({ status: "expired", errorCode: "smtp_451" });
});

test("a payload that does not open fails alone and raises an event", async () => {
  await using inbox = await startInbox();
  await using world = await openWorld(inbox.smtpUrl);
  const [poison, sound] = await queueMany(world, 2);
  const { emailDeliveryLog: log, securityEvents } = world.tables;
  await world.db.execute(
    sql`update ${log} set sealed_payload = (select sealed_payload from ${log} where id = ${sound!.id})
      where id = ${poison!.id}`,
  );
  await deliverAll(world);
  expect(await readRow(world, poison!.id)).toMatchObject({
    status: "failed",
    errorCode: "decrypt_failed",
    sealedPayload: null,
  });
  expect(await readRow(world, sound!.id)).toMatchObject({ status: "sent" });
  expect(await world.db.select().from(securityEvents)).toMatchObject([
    {
      eventType: "decrypt_failed",
      severity: "high",
      metadata: { table: "email_delivery_log", row_id: poison!.id },
    },
  ]);
});

test("a template of a newer version waits for a worker that knows it", async () => {
  await using world = await openWorld();
  const { id } = await queueOne(world);
  await world.db.execute(sql`update ${world.tables.emailDeliveryLog} set template = 'later'`);
  await deliverAll(world);
  const row = await readRow(world, id);
  expect(row).toMatchObject({ status: "retry", errorCode: "unknown_template" });
  expect(row.sealedPayload).not.toBeNull();
});
