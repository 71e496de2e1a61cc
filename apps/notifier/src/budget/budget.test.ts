import { setTimeout as sleep } from "node:timers/promises";
import { startRedis } from "@postern/devkit";
import { sql } from "drizzle-orm";
import { expect, test } from "vitest";
import { reconcileCosts } from "../deliveries/reconcile-costs.ts";
import {
  openSmsWorld,
  queueSms,
  readTexts,
  type SmsWorld,
  sendTexts,
} from "../testing/sms-world.ts";
import { holdMoney, utcDay } from "./hold-money.ts";

const kenyan = (turn: number) => `+2547${String(12_000_000 + turn * 10_007)}`;
const noWebhook = async () => "";

async function queueMany(world: SmsWorld, count: number, numberOf = kenyan): Promise<void> {
  for (let turn = 0; turn < count; turn += 1) await queueSms(world, numberOf(turn));
}

const statusesOf = async (world: SmsWorld) =>
  (await readTexts(world))
    .map(({ sentAt, status, errorCode }) => (sentAt ? "sent" : (errorCode ?? status)))
    .sort();

const eventsOf = ({ db, tables }: SmsWorld) =>
  db.execute<{ event_type: string; severity: string; metadata: Record<string, unknown> }>(
    sql`select event_type, severity, metadata from ${tables.securityEvents} order by event_type`,
  );

/** What one more text would find spent, in millionths. */
async function spentIn(world: SmsWorld, provider: string): Promise<number> {
  let spent = 0;
  const metrics = {
    ...world.metrics,
    setSpent: (_: string, { spentMicros }: { spentMicros: number }) => {
      spent = spentMicros;
    },
  };
  const text = { deliveryId: "probe", provider, country: "GB", segments: 0 };
  await holdMoney({ ...world, metrics, counters: world.counters! }, text);
  return spent;
}

test("a day's budget ends texts, tells of 80 % and of the end once, and loses no row silently (R-26)", async () => {
  await using world = await openSmsWorld("*:africas_talking", noWebhook, { budget: "KES 4" });
  await queueMany(world, 9);
  await sendTexts(world);
  expect(await statusesOf(world)).toEqual([...Array(4).fill("budget"), ...Array(5).fill("sent")]);
  expect(world.providers.taken()).toHaveLength(5);
  const day = utcDay(new Date());
  expect(await eventsOf(world)).toMatchObject([
    {
      event_type: "sms_budget_almost_used_up",
      severity: "critical",
      metadata: { currency: "KES", day },
    },
    { event_type: "sms_budget_used_up", severity: "critical" },
  ]);
  expect(await world.registry.metrics()).toMatch(
    /postern_sms_refusals_total\{reason="budget",end="denied"\} 4/,
  );
});

test("a country takes its part, and the others are served from the rest", async () => {
  await using world = await openSmsWorld("*:africas_talking", noWebhook, {
    budget: "KES 4,GB:KES 2",
    share: 50,
    prices: "africas_talking/*=KES 0.8",
  });
  await queueMany(world, 5);
  await queueSms(world, "+447400123456");
  await sendTexts(world);
  expect(await statusesOf(world)).toEqual([...Array(3).fill("budget"), ...Array(3).fill("sent")]);
  expect((await readTexts(world)).at(-1)).toMatchObject({
    country: "GB",
    sentAt: expect.any(Date),
  });
  expect(await eventsOf(world)).toMatchObject([
    { event_type: "sms_country_budget_used_up", metadata: { country: "KE" } },
  ]);
});

test("what a provider refused costs nothing, and a lost answer keeps its estimate", async () => {
  await using world = await openSmsWorld("*:africas_talking");
  await queueSms(world, "+254700010403");
  await sendTexts(world);
  expect(await spentIn(world, "africas_talking")).toBe(0);
  await queueSms(world, "+254700050000");
  await sendTexts(world);
  expect(await spentIn(world, "africas_talking")).toBe(800_000);
});

test("a price that comes later takes the place of the estimate", async () => {
  await using world = await openSmsWorld("*:twilio", noWebhook, { prices: "twilio/KE=USD 0.25" });
  await queueMany(world, 1);
  await sendTexts(world);
  expect(await spentIn(world, "twilio")).toBe(250_000);
  await world.providers.settle();
  await world.db.execute(sql`update ${world.tables.smsDeliveryLog}
    set sent_at = sent_at - interval '1 minute', next_attempt_at = now()`);
  expect(await reconcileCosts(world)).toBe(1);
  const [row] = await readTexts(world);
  expect(await spentIn(world, "twilio")).toBe(row?.costMicros);
});

test("a price in another currency settles nothing: the estimate stays held (R-26)", async () => {
  const prices = "africas_talking/KE=USD 0.25,africas_talking/*=USD 0.25";
  await using world = await openSmsWorld("*:africas_talking", noWebhook, { prices });
  await queueMany(world, 2);
  await sendTexts(world);
  // The provider tells KES 0.8, the budget is in dollars.
  expect(await readTexts(world)).toMatchObject(
    Array(2).fill({ costMicros: 800_000, currency: "KES", sentAt: expect.any(Date) }),
  );
  expect(await spentIn(world, "africas_talking")).toBe(500_000);
});

test("a budget that its price does not divide is not overspent by the last text (R-26)", async () => {
  const guard = { budget: "KES 2", prices: "africas_talking/*=KES 0.8" };
  await using world = await openSmsWorld("*:africas_talking", noWebhook, guard);
  await queueMany(world, 5);
  await sendTexts(world);
  expect(await statusesOf(world)).toEqual([...Array(3).fill("budget"), ...Array(2).fill("sent")]);
  expect(world.providers.taken()).toHaveLength(2);
});

test("without a budget in a provider's currency, and without any, nothing that costs is sent", async () => {
  for (const budget of ["USD 100", ""]) {
    await using world = await openSmsWorld("*:africas_talking", noWebhook, { budget });
    await queueMany(world, 1);
    await sendTexts(world);
    expect(await statusesOf(world)).toEqual(["budget"]);
  }
});

test("while Redis is frozen no text goes out; the row waits, and goes out once it is back (R-70)", async () => {
  await using redis = await startRedis();
  await using world = await openSmsWorld("*:africas_talking", noWebhook, { redisUrl: redis.url });
  await redis.freeze();
  await queueMany(world, 3);
  await sendTexts(world);
  expect(await readTexts(world)).toMatchObject(
    Array(3).fill({ status: "retry", errorCode: "counters_away" }),
  );
  expect(world.providers.taken()).toEqual([]);
  await redis.thaw();
  while (world.counters!.state() === "away") await sleep(20);
  const log = world.tables.smsDeliveryLog;
  await world.db.execute(sql`update ${log} set next_attempt_at = now()`);
  await sendTexts(world);
  expect(world.providers.taken()).toHaveLength(3);
});
