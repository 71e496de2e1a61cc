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
import { deliver } from "./deliver.ts";
import { sweep } from "./sweep.ts";

const REFUSED_BY_TWILIO = "+254700021408";
const UNREACHABLE = "+254700030003";

const end = ({ owner, tables }: SmsWorld) =>
  owner.execute(sql`update ${tables.smsDeliveryLog} set expires_at = now() - interval '1 second'`);

test("a code that ended while a provider refused it goes to no other provider (R-20)", async () => {
  await using world = await openSmsWorld();
  await queueSms(world, REFUSED_BY_TWILIO);
  const [delivery] = await claimDue(world, "sms");
  await end(world);
  await deliver(world, delivery!, new AbortController().signal);
  expect(await readTexts(world)).toMatchObject([{ status: "failed", errorCode: "21408" }]);
  expect(await sendTexts(world)).toBe(0);
  expect(world.providers.taken()).toEqual([]);
});

test("a code that a carrier gave up after its end goes to no other provider (R-20)", async () => {
  await using world = await openSmsWorld();
  world.providers.receipts.delayMilliseconds = 300;
  await queueSms(world, UNREACHABLE);
  await sendTexts(world);
  await end(world);
  await world.providers.settle();
  expect(await readTexts(world)).toMatchObject([{ status: "undelivered", sealedPayload: null }]);
  expect(await sendTexts(world)).toBe(0);
});

test("a text that may still go to the next provider keeps its payload to its end and no longer (R-27)", async () => {
  await using world = await openSmsWorld();
  world.providers.receipts.delayMilliseconds = 60_000;
  await queueSms(world, "+254712345678");
  await sendTexts(world);
  const [sent] = await readTexts(world);
  expect(sent!.status).toBe("sent");
  expect(sent!.sealedPayload).not.toBeNull();
  await end(world);
  await sweep(world);
  expect(await readTexts(world)).toMatchObject([{ status: "sent", sealedPayload: null }]);
});
