import { randomUUID } from "node:crypto";
import { describeHistory, findHistory, liftSuppression } from "@postern/messages";
import { sql } from "drizzle-orm";
import { Registry } from "prom-client";
import { expect, test } from "vitest";
import { measureProviders } from "../channels/provider-metrics.ts";
import { claimDue } from "../testing/claim-due.ts";
import { openSmsWorld, queueSms, readTexts, sendTexts } from "../testing/sms-world.ts";
import { reconcileCosts } from "./reconcile-costs.ts";
import { sweep } from "./sweep.ts";

const GOOD = "+254712345678";
const endingIn = (digits: string) => `+2547000${digits}`;

test("what one provider refuses the next one sends: one challenge, one code, its end", async () => {
  await using world = await openSmsWorld();
  const challengeId = randomUUID();
  const id = await queueSms(world, endingIn("21408"), challengeId);
  expect(await sendTexts(world)).toBe(2);
  const [refused, sent] = await readTexts(world);
  expect(refused).toMatchObject({
    id,
    status: "failed",
    provider: "twilio",
    errorCode: "21408",
    sealedPayload: null,
  });
  expect(sent).toMatchObject({
    status: "sent",
    provider: "africas_talking",
    challengeId,
    resendOf: id,
    expiresAt: refused!.expiresAt,
    segments: 1,
    costMicros: 800_000,
    currency: "KES",
  });
  expect(world.providers.taken()).toHaveLength(1);
});

test("a lost answer goes to the next provider too; that row alone is marked, and the code is the same", async () => {
  await using world = await openSmsWorld();
  world.providers.receipts.delayMilliseconds = 500;
  world.providers.breakDown("twilio", "drop");
  await queueSms(world, GOOD);
  await sendTexts(world);
  const [lost, sent] = await readTexts(world);
  expect(lost).toMatchObject({ status: "sent", errorCode: "answer_lost", providerMessageId: null });
  expect(sent).toMatchObject({ status: "sent", errorCode: null, provider: "africas_talking" });
  const texts = world.providers.taken().map(({ text }) => text);
  expect(texts).toHaveLength(2);
  expect(new Set(texts).size).toBe(1);
  // Twilio's receipt names our row, so the truth comes out.
  await world.providers.settle();
  expect((await readTexts(world)).map(({ status }) => status)).toEqual(["delivered", "delivered"]);
});

test("without another provider the row is tried again, and stays marked when it is sent", async () => {
  await using world = await openSmsWorld("*:twilio");
  world.providers.breakDown("twilio", 500);
  await queueSms(world, GOOD);
  await sendTexts(world);
  expect(await readTexts(world)).toMatchObject([{ status: "retry", errorCode: "answer_lost" }]);
  world.providers.breakDown("twilio", null);
  await world.db.execute(sql`update ${world.tables.smsDeliveryLog} set next_attempt_at = now()`);
  await sendTexts(world);
  expect(await readTexts(world)).toMatchObject([{ status: "sent", errorCode: "answer_lost" }]);
});

test("a handset that cannot be reached: the next provider delivers, and the history says so in words", async () => {
  await using world = await openSmsWorld();
  await queueSms(world, endingIn("30003"));
  await sendTexts(world);
  await world.providers.settle();
  expect(await readTexts(world)).toMatchObject([
    { status: "undelivered", errorCode: "30003", sealedPayload: null },
    { status: "pending", provider: "africas_talking" },
  ]);
  await sendTexts(world);
  await world.providers.settle();
  const recipient = { channel: "sms", to: endingIn("30003") } as const;
  const [message] = describeHistory(await findHistory(world, recipient));
  const time = String.raw`\d\d:\d\d:\d\d`;
  expect(message!.story).toMatch(
    new RegExp(
      `^Twilio accepted at ${time}; carrier reported unreachable handset \\(30003\\) at ${time}; ` +
        `failed over to Africa's Talking; Africa's Talking accepted at ${time}; delivered ${time}$`,
    ),
  );
});

test("what a dead worker may have sent is so marked at the next provider, and the history says it", async () => {
  await using world = await openSmsWorld();
  world.providers.receipts.delayMilliseconds = 500;
  await queueSms(world, endingIn("21408"));
  expect(await claimDue(world, "sms")).toHaveLength(1);
  await world.db.execute(sql`
    update ${world.tables.smsDeliveryLog} set lease_expires_at = now()`);
  await sweep(world);
  await sendTexts(world);
  expect(await readTexts(world)).toMatchObject([
    { status: "failed", errorCode: "21408" },
    { status: "sent", attempts: 1, errorCode: "lease_expired" },
  ]);
  const recipient = { channel: "sms", to: endingIn("21408") } as const;
  const [message] = describeHistory(await findHistory(world, recipient));
  expect(message!.story).toMatch(/Africa's Talking accepted at [\d:]{8}, perhaps a second time \(/);
});

test("a code that was used meanwhile is not sent again", async () => {
  await using world = await openSmsWorld();
  await queueSms(world, endingIn("30003"), randomUUID());
  world.providers.receipts.delayMilliseconds = 300;
  await sendTexts(world);
  await world.db.execute(sql`update ${world.tables.smsDeliveryLog} set consumed_at = now()`);
  await world.providers.settle();
  expect(await readTexts(world)).toMatchObject([{ status: "undelivered" }]);
});

test("a number that nobody can serve ends at once, and one who said STOP gets no more", async () => {
  await using world = await openSmsWorld();
  await queueSms(world, endingIn("21211"));
  await queueSms(world, endingIn("21610"));
  await sendTexts(world);
  expect(await readTexts(world)).toMatchObject([{ status: "failed" }, { status: "failed" }]);

  await queueSms(world, endingIn("21610"));
  expect(await sendTexts(world)).toBe(0);
  const [, , suppressed] = await readTexts(world);
  expect(suppressed).toMatchObject({
    status: "suppressed",
    errorCode: "opt_out",
    attempts: 0,
    sealedPayload: null,
  });
  const recipient = { channel: "sms", to: endingIn("21610") } as const;
  expect((await findHistory(world, recipient)).suppression?.reason).toBe("opt_out");
  expect(await liftSuppression(world, recipient)).toBe(true);
  expect(await liftSuppression(world, recipient)).toBe(false);
  await queueSms(world, endingIn("21610"));
  expect(await sendTexts(world)).toBe(1);
});

test("a provider that fails five times is left alone, then tried by one message", async () => {
  await using world = await openSmsWorld();
  world.providers.breakDown("twilio", 503);
  for (let at = 0; at < 8; at++) {
    await queueSms(world, GOOD);
    await sendTexts(world);
  }
  expect(world.providers.requests("twilio")).toBe(5);
  const registry = new Registry();
  measureProviders(registry, world.sms);
  const metrics = await registry.metrics();
  expect(metrics).toContain('postern_sms_provider_failing{provider="twilio"} 1');
  expect(metrics).toContain('postern_sms_provider_failing{provider="africas_talking"} 0');
  await world.providers.settle();
  const delivered = (await readTexts(world)).filter(({ status }) => status === "delivered");
  expect(delivered).toHaveLength(8);
});

test("where every provider fails, the row waits and is not lost", async () => {
  await using world = await openSmsWorld();
  world.providers.breakDown("twilio", 503);
  world.providers.breakDown("africas_talking", 503);
  await queueSms(world, GOOD);
  await sendTexts(world);
  expect(await readTexts(world)).toMatchObject([{ status: "failed" }, { status: "retry" }]);
  world.providers.breakDown("africas_talking", null);
  await world.db.execute(sql`update ${world.tables.smsDeliveryLog} set next_attempt_at = now()
    where status = 'retry'`);
  await sendTexts(world);
  expect(await readTexts(world)).toMatchObject([{ status: "failed" }, { status: "sent" }]);
});

test("Twilio's price comes later, and several workers ask for it once", async () => {
  await using world = await openSmsWorld("*:twilio");
  await queueSms(world, GOOD);
  await sendTexts(world);
  await world.providers.settle();
  expect(await readTexts(world)).toMatchObject([{ costMicros: null }]);
  await world.db.execute(
    sql`update ${world.tables.smsDeliveryLog} set sent_at = now() - interval '1 minute'`,
  );
  const learned = await Promise.all([reconcileCosts(world), reconcileCosts(world)]);
  expect(learned.toSorted()).toEqual([0, 1]);
  expect(await readTexts(world)).toMatchObject([{ costMicros: 7_500, currency: "USD" }]);
});

test("a country that no provider serves fails at once and says why", async () => {
  await using world = await openSmsWorld("GB:twilio");
  await queueSms(world, GOOD);
  await sendTexts(world);
  expect(await readTexts(world)).toMatchObject([{ status: "failed", errorCode: "no_provider" }]);
});

test("receipts that come late, twice and the last first end the same (R-29)", async () => {
  await using world = await openSmsWorld("KE:africas_talking,*:twilio");
  Object.assign(world.providers.receipts, { copies: 3, isReversed: true });
  for (const to of ["+254712345678", endingIn("11003"), "+447400123456"]) {
    await queueSms(world, to);
  }
  await sendTexts(world);
  await world.providers.settle();
  // Those that were quicker than the worker's record.
  await sweep(world);
  const rows = await readTexts(world);
  const ends = rows.map(({ provider, status, errorCode }) => [provider, status, errorCode]);
  expect(ends).toEqual([
    ["africas_talking", "delivered", null],
    ["africas_talking", "undelivered", "DeliveryFailure"],
    ["twilio", "delivered", null],
  ]);
});
