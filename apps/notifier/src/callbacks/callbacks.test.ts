import { twilioSignature } from "@postern/devkit";
import { callbackPath } from "@postern/messages";
import { sql } from "drizzle-orm";
import { expect, test } from "vitest";
import { sweep } from "../deliveries/sweep.ts";
import {
  openSmsWorld,
  postCallback,
  queueSms,
  readTexts,
  sentMail,
  WEBHOOK_SECRET,
} from "../testing/sms-world.ts";
import { readRow } from "../testing/world.ts";
import { SIGNATURE_HEADER, signBody } from "../webhooks/signed-body.ts";

test("Postmark is believed on its secret path alone", async () => {
  await using world = await openSmsWorld();
  const id = await sentMail(world);
  const path = callbackPath(world.digestKeys, "postmark");
  const report = { RecordType: "SpamComplaint", MessageID: "pm-1", Metadata: { delivery: id } };
  const body = JSON.stringify(report);
  for (const wrong of [
    `${path}x`,
    path.slice(0, -1),
    "/callbacks/postmark/x",
    callbackPath(world.digestKeys, "africas_talking").replace("africas_talking", "postmark"),
  ]) {
    expect((await postCallback(world, wrong, { body })).statusCode).toBe(403);
  }
  expect(await readRow(world, id)).toMatchObject({ status: "sent" });
  expect((await postCallback(world, path, { body })).statusCode).toBe(204);
  expect(await readRow(world, id)).toMatchObject({ status: "complained" });
  // A delivery that is told later is no news.
  await postCallback(world, path, { body: JSON.stringify({ ...report, RecordType: "Delivery" }) });
  expect(await readRow(world, id)).toMatchObject({ status: "complained" });
});

test("a service of one's own signs what it reports, and what it signed long ago is refused", async () => {
  await using world = await openSmsWorld();
  const id = await queueSms(world, "+254712345678");
  await world.owner.execute(sql`update ${world.tables.smsDeliveryLog}
    set status = 'sending', lease_id = id, lease_expires_at = now() + interval '1 minute',
      provider = 'webhook'`);
  const body = JSON.stringify({ id: "w-1", deliveryId: id, status: "delivered" });
  const at = (time: number) => ({
    [SIGNATURE_HEADER]: signBody(WEBHOOK_SECRET, body, new Date(time)),
  });
  const now = Date.now();
  const stranger = { [SIGNATURE_HEADER]: signBody("another secret", body, new Date(now)) };
  for (const headers of [{}, stranger, at(now - 400_000), at(now + 400_000)]) {
    expect((await postCallback(world, "/callbacks/webhook", { body, headers })).statusCode).toBe(
      403,
    );
  }
  expect(
    (await postCallback(world, "/callbacks/webhook", { body: `${body} `, headers: at(now) }))
      .statusCode,
  ).toBe(403);
  expect(
    (await postCallback(world, "/callbacks/webhook", { body, headers: at(now) })).statusCode,
  ).toBe(204);
  // Quicker than the worker: its lease is gone, and the message is not sent again.
  expect(await readTexts(world)).toMatchObject([
    { status: "delivered", leaseId: null, providerMessageId: "w-1" },
  ]);
});

test("a receipt that comes before the provider's id is written down waits for its row", async () => {
  await using world = await openSmsWorld();
  const id = await queueSms(world, "+254712345678");
  const path = callbackPath(world.digestKeys, "africas_talking");
  await postCallback(world, path, { body: "id=AT-1&status=Success" });
  expect(await readTexts(world)).toMatchObject([{ status: "pending" }]);
  await world.owner.execute(sql`update ${world.tables.smsDeliveryLog}
    set status = 'sending', lease_id = id, lease_expires_at = now() + interval '1 minute'`);
  await world.owner.execute(sql`update ${world.tables.smsDeliveryLog} set status = 'sent',
    lease_id = null, lease_expires_at = null, sent_at = now(), provider = 'africas_talking',
    provider_message_id = 'AT-1' where id = ${id}`);
  await sweep(world);
  expect(await readTexts(world)).toMatchObject([{ status: "delivered" }]);
});

test("STOP from a handset suppresses it, START lifts that; without Twilio's signature neither", async () => {
  await using world = await openSmsWorld();
  const url = `${world.publicUrl}/callbacks/twilio/inbound`;
  const answer = async (text: string, token = world.providers.twilio.authToken) => {
    const fields = { From: "+254712345678", Body: text, MessageSid: "SM1" };
    const signature = twilioSignature(token, url, fields);
    const body = new URLSearchParams(fields).toString();
    const headers = { "x-twilio-signature": signature };
    return postCallback(world, "/callbacks/twilio/inbound", { body, headers });
  };
  const inForce = async () => world.db.$count(world.tables.suppressions, sql`lifted_at is null`);
  expect((await answer("STOP", "0".repeat(32))).statusCode).toBe(403);
  expect(await inForce()).toBe(0);
  await answer("please stop by tomorrow");
  expect(await inForce()).toBe(0);
  expect((await answer(" stop. ")).body).toBe("<Response/>");
  await answer("STOP");
  expect(await inForce()).toBe(1);
  await answer("START");
  expect(await inForce()).toBe(0);
});

test("a provider that was not set up is not believed", async () => {
  await using world = await openSmsWorld();
  const body = "{}";
  expect((await postCallback(world, "/callbacks/ses", { body })).statusCode).toBe(403);
  expect(
    (await postCallback(world, "/callbacks/twilio", { body: "MessageSid=m&MessageStatus=sent" }))
      .statusCode,
  ).toBe(403);
  expect(await world.db.$count(world.tables.deliveryReceipts)).toBe(0);
});
