import { sql } from "drizzle-orm";
import { expect, test } from "vitest";
import { claimDue } from "../testing/claim-due.ts";
import {
  openSmsWorld,
  queueSms,
  readTexts,
  type SmsWorld,
  sendTexts,
} from "../testing/sms-world.ts";
import { sweep } from "./sweep.ts";

const GOOD = "+254712345678";
const UNREACHABLE = "+254700030003";

const due = ({ db, tables }: SmsWorld) =>
  db.execute(sql`update ${tables.smsDeliveryLog} set next_attempt_at = now()
    where status = 'retry'`);

/** A worker takes what is due and dies; nobody knows whether it sent it. */
async function loseLease(world: SmsWorld): Promise<void> {
  await claimDue(world, "sms");
  await world.db.execute(sql`update ${world.tables.smsDeliveryLog} set lease_expires_at = now()
    where status = 'sending'`);
  await sweep(world);
}

test("a text that may be out stays marked through a pause for another reason", async () => {
  await using world = await openSmsWorld("*:twilio");
  await queueSms(world, GOOD);
  for (const [fault, errorMessage] of [
    [500, "The provider may have taken the message: its answer did not come."],
    [503, "Service Unavailable"],
  ] as const) {
    world.providers.breakDown("twilio", fault);
    await sendTexts(world);
    const [row] = await readTexts(world);
    expect(row).toMatchObject({ status: "retry", errorCode: "answer_lost", errorMessage });
    await due(world);
  }
  world.providers.breakDown("twilio", null);
  await sendTexts(world);
  expect(await readTexts(world)).toMatchObject([{ status: "sent", errorCode: "answer_lost" }]);
});

test("a refusal after a lost lease: the next provider's row is marked, and the refusal is not hidden", async () => {
  await using world = await openSmsWorld();
  await queueSms(world, GOOD);
  await loseLease(world);
  world.providers.breakDown("twilio", 503);
  await sendTexts(world);
  expect(await readTexts(world)).toMatchObject([
    { status: "failed", errorCode: "http_503" },
    { status: "sent", provider: "africas_talking", errorCode: "lease_expired" },
  ]);
});

test("a text that its carrier gave up after a lost lease marks the next provider's row", async () => {
  await using world = await openSmsWorld();
  await queueSms(world, UNREACHABLE);
  await loseLease(world);
  await sendTexts(world);
  await world.providers.settle();
  await sendTexts(world);
  await world.providers.settle();
  await sweep(world);
  expect(await readTexts(world)).toMatchObject([
    { status: "undelivered", errorCode: "30003" },
    { status: "delivered", provider: "africas_talking", errorCode: "lease_expired" },
  ]);
});
